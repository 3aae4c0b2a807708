import { performance } from "node:perf_hooks";
import type { Observation } from "../observation.ts";
import { makeWorld, outcomeOf } from "./world.ts";

/** R1: unsubscribe from a server that is mute. */
export async function unsubscribeMute(): Promise<Observation> {
  const { session, relay } = await makeWorld();
  const room = session.subscribe("room");
  await room.token;
  relay.isMute = true;
  const startedAt = performance.now();
  const outcome = await outcomeOf(room.unsubscribe());
  const afterMs = Math.round(performance.now() - startedAt);
  return {
    seen: `unsubscribe: ${outcome} after ${afterMs} ms, its deadline`,
    holds: outcome === "unknown (DEADLINE_EXCEEDED)",
  };
}

/** R2: unsubscribe, then close at once. */
export async function unsubscribeThenClose(): Promise<Observation> {
  const { session, log } = await makeWorld();
  const quotes = session.subscribe("quotes");
  await quotes.token;
  const unsubscribe = quotes.unsubscribe();
  const close = session.close();
  const outcome = await outcomeOf(unsubscribe);
  const { clean } = await close;
  await log.require("the end", (entry) => entry === "closed");
  const seen = log.entries.slice(2).join(", ");
  return {
    seen: `the server saw: ${seen}; unsubscribe: ${outcome}; close: ${clean ? "clean" : "not clean"}`,
    holds: seen === "unsubscribed quotes, closed" && outcome === "acked (frame)" && clean,
  };
}

/** R3: subscribe that is not answered, unsubscribe, reconnect. */
export async function unsubscribeThenReconnect(): Promise<Observation> {
  const { session, relay, log } = await makeWorld();
  relay.isMute = true;
  const quotes = session.subscribe("quotes");
  await log.require("the subscribe", (entry) => entry === "subscribed quotes");
  const unsubscribe = quotes.unsubscribe();
  relay.isMute = false;
  relay.cut();
  await session.subscribe("other").token;
  const outcome = await outcomeOf(unsubscribe);
  await session.close();
  const since = log.entries.slice(log.entries.lastIndexOf("opened"));
  const isBack = since.includes("subscribed quotes");
  return {
    seen: `the new connection ${isBack ? "subscribed again" : "did not subscribe again"}; unsubscribe: ${outcome}`,
    holds: !isBack && outcome.startsWith("unknown"),
  };
}

/** R4: unsubscribe, then close, while the server answers neither. */
export async function unsubscribeUnanswered(): Promise<Observation> {
  const { session, relay } = await makeWorld();
  const quotes = session.subscribe("quotes");
  await quotes.token;
  relay.isMute = true;
  const unsubscribe = quotes.unsubscribe();
  const close = session.close({ deadlineMs: 1_000 });
  const outcome = await outcomeOf(unsubscribe);
  const { clean, unknown, elapsedMs } = await close;
  return {
    seen: `unsubscribe: ${outcome}; close with a deadline of 1 s: not clean, unknown: ${unknown.join(", ")}, after ${elapsedMs.toFixed(0)} ms`,
    holds: outcome.startsWith("unknown") && !clean && unknown.includes("quotes"),
  };
}

/** R5: dispose of what is subscribed, then close at once. */
export async function disposeThenClose(): Promise<Observation> {
  const { session, server, log } = await makeWorld();
  const stream = session.subscribe("stream");
  const item = new Promise<void>((resolve) => stream.on("event", () => resolve()));
  await stream.token;
  server.topic("stream").publish(1);
  await item;
  const disposed = stream[Symbol.asyncDispose]();
  const close = session.close();
  await disposed;
  const { clean } = await close;
  await log.require("the end", (entry) => entry === "closed");
  const seen = log.entries.slice(2).join(", ");
  return {
    seen: `the server saw: ${seen}; close: ${clean ? "clean" : "not clean"}`,
    holds: seen === "unsubscribed stream, closed" && clean,
  };
}

/** R7: unsubscribe from a server that is mute, close, close again. */
export async function closeTwiceMute(): Promise<Observation> {
  const { session, relay } = await makeWorld();
  const quotes = session.subscribe("quotes");
  await quotes.token;
  relay.isMute = true;
  const unsubscribe = quotes.unsubscribe();
  const close = session.close();
  const second = session.close();
  const outcome = await outcomeOf(unsubscribe);
  const { clean, elapsedMs } = await close;
  return {
    seen: `unsubscribe: ${outcome}; close: ${clean ? "clean" : "not clean"} after ${elapsedMs.toFixed(0)} ms, its deadline at the latest; a second close is ${second === close ? "the same token" : "another one"}`,
    holds: outcome.startsWith("unknown") && !clean && elapsedMs < 5_500 && second === close,
  };
}
