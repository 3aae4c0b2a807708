import { afterEach, describe, expect, it } from "vitest";
import { type CompletionToken, Session, type SessionState } from "../../../src/index.ts";
import { closeServers, serve } from "../../server/support/serve.ts";
import { startCuttingProxy } from "../support/cutting-proxy.ts";

afterEach(closeServers);

/** What the server knows for certain, beside what the client's tokens say. */
interface Conversation {
  readonly session: Session;
  readonly tokens: Readonly<Record<string, CompletionToken<unknown>>>;
  readonly states: SessionState[];
  /** Numbers delivered after their topic's unsubscribe had settled. */
  readonly late: number[];
  readonly delivered: number[];
}

/** Subscribes, calls, unsubscribes and closes as fast as it may, over a link that will be cut. */
async function converse(port: number, name: string): Promise<Conversation> {
  const session = new Session({
    url: `ws://127.0.0.1:${port}`,
    requestTimeoutMs: 3_000,
    reconnect: { initialDelayMs: 1, maxDelayMs: 1, retryFirst: true },
  });
  const states: SessionState[] = [];
  session.on("state", ({ to }) => states.push(to));
  const connect = session.connect();
  await connect;
  const subscription = session.subscribe(`cut:${name}`);
  const delivered: number[] = [];
  const late: number[] = [];
  subscription.on("event", ({ seq }) => {
    (unsubscribe.outcome === undefined ? delivered : late).push(seq);
  });
  const publish = session.request("publish", { topic: `cut:${name}`, times: 3 });
  const order = session.request("order", { name });
  const unsubscribe = subscription.unsubscribe();
  const close = session.close({ deadlineMs: 3_000 });
  await close;
  const tokens = { connect, subscribe: subscription.token, publish, order, unsubscribe, close };
  return { session, tokens, states, late, delivered };
}

describe("a link that is cut on real sockets", () => {
  it("at any byte of a conversation, in either direction: every token tells the truth", {
    timeout: 120_000,
  }, async () => {
    const { server, port } = await serve({ limits: { maxSessionsPerAddress: Infinity } });
    const executed = new Set<string>();
    server.method("order", (params) => {
      executed.add((params as { name: string }).name);
      return "placed";
    });
    server.method("publish", (params) => {
      const { topic, times } = params as { topic: string; times: number };
      for (let index = 0; index < times; index += 1) server.topic(topic).publish(index);
    });
    await using proxy = await startCuttingProxy(port);

    const whole = await converse(proxy.port, "whole");
    expect(outcomesOf(whole)).toEqual({
      connect: "acked frame",
      subscribe: "acked frame",
      publish: "acked frame",
      order: "acked frame",
      unsubscribe: "acked frame",
      close: "acked frame",
    });
    const lengths = { ...proxy.passed };
    const seen = new Map<string, number>();
    for (const direction of ["toServer", "toClient"] as const) {
      for (let bytes = 1; bytes < lengths[direction]; bytes += 1) {
        const name = `${direction}-${bytes}`;
        proxy.cutAfter(direction, bytes);
        const conversation = await converse(proxy.port, name);
        checkTruth(conversation, executed.has(name), name);
        for (const outcome of Object.entries(outcomesOf(conversation))) {
          const key = outcome.join(" ");
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
      }
    }
    // The cuts reached every stage of the conversation.
    for (const key of [
      "order unknown LINK_LOST",
      "order acked frame",
      "unsubscribe unknown LINK_LOST",
      "unsubscribe acked frame",
      "close unknown",
      "close acked frame",
    ])
      expect(seen.get(key) ?? 0, `${key} in ${JSON.stringify([...seen])}`).toBeGreaterThan(0);
  });
});

function outcomesOf({ tokens }: Conversation): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tokens).map(([name, { outcome, proof, error }]) => [
      name,
      `${outcome} ${proof ?? error?.code ?? ""}`.trim(),
    ]),
  );
}

function checkTruth(conversation: Conversation, wasExecuted: boolean, name: string): void {
  const { tokens, session, states, late, delivered } = conversation;
  const said = JSON.stringify(outcomesOf(conversation));
  const { order, unsubscribe, close } = tokens;
  for (const token of Object.values(tokens)) expect(token.outcome, said).toBeDefined();
  // Acked only if it happened; failed only if it did not.
  if (order?.outcome === "acked") expect(wasExecuted, `${name} ${said}`).toBe(true);
  if (wasExecuted) expect(order?.outcome, `${name} ${said}`).not.toBe("failed");
  // A frame proves it, or there was nothing on any wire.
  if (unsubscribe?.outcome === "acked") expect(["frame", "local"]).toContain(unsubscribe.proof);
  expect(["acked", "unknown"]).toContain(close?.outcome);
  expect([session.state, states.at(-1), late]).toEqual(["closed", "closed", []]);
  expect(delivered).toEqual(delivered.map((_, index) => index + 1));
}
