import { Session } from "orderly-ws";
import { FakeServer } from "orderly-ws/testing";
import type { Observation } from "../observation.ts";
import { ended, follow, gate, LIMIT_MS, Log } from "../support/waiting.ts";
import { makeWorld, outcomeOf } from "./world.ts";

const MESSAGES = 9;
/** Milliseconds after which the work that the handlers await is done, whatever close does. */
const WORK_MS = 1_000;

/** R8a: close with messages that were received and not handled. */
export async function closeWithUnhandled(): Promise<Observation> {
  const { session, server } = await makeWorld();
  const quotes = session.subscribe("quotes");
  const work = gate();
  let handled = 0;
  quotes.on("event", async () => {
    await work.opened;
    handled += 1;
  });
  await quotes.token;
  server.method("flush", () => true);
  for (let index = 1; index <= MESSAGES; index += 1) server.topic("quotes").publish(index);
  // Answers come behind events: what was published before is in the client.
  await session.request("flush");
  const close = session.close();
  const fate = follow(close);
  await ended(fate, WORK_MS);
  const isWaiting = fate.state === "pending";
  work.open();
  const { clean } = await close;
  return {
    seen: `close ${isWaiting ? "waits for the handlers" : "does not wait for the handlers"}: ${handled} of ${MESSAGES} handled when it resolves, ${clean ? "clean" : "not clean"}`,
    holds: isWaiting && handled === MESSAGES && clean,
  };
}

/** R8b: the link is cut while unsubscribe and close wait for their answers. */
export async function cutWhileClosing(): Promise<Observation> {
  const first = await makeWorld();
  const alone = first.session.subscribe("quotes");
  await alone.token;
  first.relay.isMute = true;
  const unsubscribe = alone.unsubscribe();
  await first.log.require("the unsubscribe", (entry) => entry === "unsubscribed quotes");
  first.relay.cut();
  const outcome = await outcomeOf(unsubscribe);
  await first.session.close();

  const { session, relay, log } = await makeWorld();
  await session.subscribe("quotes").token;
  relay.isMute = true;
  const close = session.close();
  await log.require("the unsubscribe", (entry) => entry === "unsubscribed quotes");
  relay.cut();
  const { clean, unknown, elapsedMs } = await close;
  return {
    seen: `unsubscribe: ${outcome}; close: ${clean ? "clean" : "not clean"} after ${elapsedMs.toFixed(0)} ms, unknown: ${unknown.join(", ")}`,
    holds: outcome === "unknown (LINK_LOST)" && !clean && unknown.includes("quotes"),
  };
}

/** R9a: a handler throws. */
export async function handlerThrows(): Promise<Observation> {
  const { session, server } = await makeWorld();
  const errors: string[] = [];
  session.on("error", ({ code }) => errors.push(code));
  const seen = new Log<number>();
  const quotes = session.subscribe("quotes");
  quotes.on("event", ({ seq }) => {
    seen.add(seq);
    if (seq === 1) throw new Error("broken");
  });
  await quotes.token;
  server.topic("quotes").publish(1);
  server.topic("quotes").publish(2);
  const goesOn = await seen.waitFor((seq) => seq === 2);
  return {
    seen: `the next event ${goesOn ? "is handled" : "is never handled"}, the session is "${session.state}"; reported as an error event: ${errors.join(", ")}`,
    holds: goesOn && session.state === "subscribed" && errors.length === 1,
  };
}

/** R9b: numbers that jump, go back and repeat. */
export async function gapAndReorder(): Promise<Observation> {
  const sent = [1, 4, 3, 2, 5, 5, 6];
  const peer = new FakeServer();
  const { url } = await peer.listen();
  const session = new Session({ url });
  await session.connect();
  const seen = new Log<string>();
  const quotes = session.subscribe("quotes");
  quotes.on("event", ({ seq }) => seen.add(String(seq)));
  quotes.on("gap", ({ from, to }) => seen.add(`gap ${from}–${to}`));
  await quotes.token;
  for (const seq of sent) peer.event("quotes", seq);
  await seen.waitFor((entry) => entry === "6", { limitMs: LIMIT_MS });
  const delivered = seen.entries.join(", ");
  return {
    seen: `sent ${sent.join(" ")}, delivered: ${delivered}`,
    holds: delivered === "1, gap 2–3, 4, 5, 6",
  };
}

/** R9c: several unsubscribes of one turn, then close at once. */
export async function batchedUnsubscribe(): Promise<Observation> {
  const { session, log } = await makeWorld();
  const topics = ["a", "b", "c"];
  const subscriptions = topics.map((topic) => session.subscribe(topic));
  for (const { token } of subscriptions) await token;
  const tokens = subscriptions.map((subscription) => subscription.unsubscribe());
  const close = session.close();
  const outcomes = await Promise.all(tokens.map(outcomeOf));
  const { clean } = await close;
  await log.require("the end", (entry) => entry === "closed");
  const seen = log.entries.filter(
    (entry) => entry.startsWith("unsubscribed") || entry === "closed",
  );
  return {
    seen: `the server saw: ${seen.join(", ")}; each unsubscribe: ${[...new Set(outcomes)].join(", ")}`,
    holds: seen.join() === "unsubscribed a,unsubscribed b,unsubscribed c,closed" && clean,
  };
}
