import { describe, expect, it } from "vitest";
import { Refusal } from "../../../src/server/methods/refusal.ts";
import type { SessionServerOptions } from "../../../src/server/session-server.ts";
import type { MemoryClient, Wire } from "../support/memory-client.ts";
import { createWorld, secret, type World } from "../support/world.ts";

const EPOCH = secret(0xabcdef).slice(0, 16);
const WINDOW_MS = 10_000;

interface Desk extends World {
  /** What the method was called with, in order. */
  readonly runs: unknown[];
  /** Lets the oldest run that waits end. */
  finish(result?: unknown): Promise<void>;
  /** Connects and says hello with the one secret. */
  hello(number?: number): Promise<MemoryClient>;
}

/** A server whose method `order.place` ends when the test says so. */
function createDesk(options: SessionServerOptions = {}): Desk {
  const world = createWorld({
    ...options,
    limits: { dedupWindowMs: WINDOW_MS, ...options.limits },
  });
  const runs: unknown[] = [];
  const ends: ((result: unknown) => void)[] = [];
  world.server.method("order.place", (params) => {
    runs.push(params);
    return new Promise((resolve) => {
      ends.push(resolve);
    });
  });
  world.server.method("count", (params) => runs.push(params));
  return {
    ...world,
    runs,
    finish: async (result = "done") => {
      ends.shift()?.(result);
      await world.clock.advance(5);
    },
    hello: async (number = 1) => {
      const client = await world.connect();
      await client.ask("hello", "session.hello", { session: secret(number) });
      return client;
    },
  };
}

/** Sends a request with a key. */
function send(
  client: MemoryClient,
  id: unknown,
  idempotency: unknown,
  { method = "count", params = { a: 1, b: [2] } as unknown } = {},
): void {
  client.json({ jsonrpc: "2.0", id, method, params, idempotency });
}

async function ask(
  { clock }: World,
  client: MemoryClient,
  id: unknown,
  idempotency: unknown,
  call?: { method?: string; params?: unknown },
): Promise<Wire | undefined> {
  send(client, id, idempotency, call);
  await clock.advance(5);
  return client.answer(id);
}

const FIRST = { key: "k", attempt: 1 };
const AGAIN = { key: "k", attempt: 2, epoch: EPOCH, ageMs: 100 };
const PLACE = { method: "order.place" };

describe("a request with an idempotency key (W-6.7 to W-6.10)", () => {
  it("tells in the hello how long keys are good for (W-3.1)", async () => {
    const { connect } = createDesk();
    const client = await connect();
    const hello = await client.ask(1, "session.hello", { session: secret(1) });
    expect(hello?.result).toMatchObject({ dedupEpoch: EPOCH, dedupWindowMs: WINDOW_MS });
  });

  it("runs once, and gives its answer to every later one with the key, on any connection (W-6.8)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    const answer = await ask(desk, client, 1, FIRST);
    const same = await ask(desk, client, 2, FIRST);
    client.terminate();
    const next = await desk.hello();
    const again = await ask(desk, next, 3, AGAIN);
    expect(desk.runs).toHaveLength(1);
    expect([answer?.result, same?.result, again?.result]).toEqual([1, 1, 1]);
    expect(desk.server.stats()).toMatchObject({ requestsRepeated: 2, methodsStarted: 1 });
  });

  it("joins the run under way when it comes again on the next connection, and is not aborted by the loss (W-6.8, W-6.10)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    send(client, 1, FIRST, PLACE);
    await desk.clock.advance(5);
    desk.network.link()?.cut();
    await desk.clock.advance(5);
    const next = await desk.hello();
    send(next, 1, AGAIN, PLACE);
    next.request(2, "count");
    await desk.clock.advance(5);
    expect(next.answer(1)).toBeUndefined();
    await desk.finish({ orderId: 7 });
    expect(next.answer(1)?.result).toEqual({ orderId: 7 });
    // In its turn, as any other call: what came later was answered later.
    expect(next.singles.map((wire) => wire.id)).toEqual(["hello", 1, 2]);
    expect(desk.runs).toHaveLength(2);
  });

  it("does not abort the signal of a run whose connection is lost, as without a key", async () => {
    const { server, clock, connect } = createWorld();
    const signals: AbortSignal[] = [];
    const keys: (string | null)[] = [];
    server.method("wait", (_params, { signal, idempotencyKey }) => {
      signals.push(signal);
      keys.push(idempotencyKey);
      return new Promise(() => {});
    });
    for (const idempotency of [FIRST, undefined]) {
      const client = await connect();
      send(client, 1, idempotency, { method: "wait" });
      await clock.advance(5);
      client.terminate();
      await clock.advance(5);
    }
    expect(signals.map((signal) => signal.aborted)).toEqual([false, true]);
    expect(keys).toEqual(["k", null]);
    // Nobody may hang for ever: its time is up as that of any other, as soon as the server looks.
    await connect();
    await clock.advance(server.stats().limits.methodTimeoutMs + 1_000);
    expect(signals[0]?.aborted).toBe(true);
  });

  it("is told to stop in its time though no session is left, and leaves no timer then", async () => {
    const { connect, clock, server } = createWorld({ limits: { methodTimeoutMs: 1_000 } });
    const signals: AbortSignal[] = [];
    server.method("hang", (_params, { signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const client = await connect();
    const idempotency = { key: "k", attempt: 1 };
    client.json({ jsonrpc: "2.0", id: 1, method: "hang", idempotency });
    await clock.advance(5);
    client.terminate();
    await clock.advance(500);
    expect([signals[0]?.aborted, server.stats().sessions]).toEqual([false, 0]);
    await clock.advance(2_000);
    expect([signals[0]?.aborted, clock.pendingTimers]).toEqual([true, 0]);
  });

  it("refuses the key with other parameters, whether it runs or has ended; the order of members is no difference (W-6.8)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    const other = await desk.hello(2);
    send(client, 1, FIRST, { ...PLACE, params: { a: 1, b: { c: 2, d: [3] } } });
    await desk.clock.advance(5);
    const mismatch = await ask(desk, client, 9, FIRST, { method: "count", params: {} });
    expect(mismatch).toBeUndefined();
    await desk.finish();
    const same = await ask(desk, client, 2, FIRST, {
      ...PLACE,
      params: { b: { d: [3], c: 2 }, a: 1 },
    });
    expect(same?.result).toBe("done");
    const wrong = await ask(desk, client, 3, FIRST, { ...PLACE, params: { a: 1 } });
    expect(wrong?.error?.data.code).toBe("IDEMPOTENCY_MISMATCH");
    // Another method has keys of its own, and so has another caller.
    expect(client.answer(9)?.result).toBe(2);
    expect((await ask(desk, other, 4, FIRST, { params: 5 }))?.result).toBe(3);
  });

  it("belongs to the principal, over all sessions of it (W-6.8)", async () => {
    const desk = createDesk({ authenticate: ({ token }) => ({ userId: token }) });
    const results: unknown[] = [];
    for (const [number, token] of ["ann", "ann", "bob"].entries()) {
      const client = await desk.hello(number);
      await client.ask("auth", "session.authenticate", { token });
      results.push((await ask(desk, client, 1, FIRST))?.result);
    }
    expect(results).toEqual([1, 1, 2]);
  });

  it("keeps refusals and failures as well as results (W-6.8)", async () => {
    const desk = createDesk();
    let calls = 0;
    desk.server.method("refuse", () => {
      calls += 1;
      throw new Refusal("TOO_LATE", "the market is closed", { calls });
    });
    desk.server.method("fail", () => {
      calls += 1;
      throw new Error("half way");
    });
    const client = await desk.hello();
    for (const method of ["refuse", "fail"]) {
      const first = await ask(desk, client, `${method} 1`, FIRST, { method });
      const second = await ask(desk, client, `${method} 2`, AGAIN, { method });
      expect(second?.error).toEqual(first?.error);
    }
    expect(calls).toBe(2);
  });

  it("that nobody saw runs at a later attempt where that is certain (W-6.9)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    expect((await ask(desk, client, 1, AGAIN))?.result).toBe(1);
  });

  it.each([
    ["another epoch", { ...AGAIN, epoch: "other" }],
    ["no epoch", { key: "k", attempt: 2, ageMs: 100 }],
    ["no age", { key: "k", attempt: 2, epoch: EPOCH }],
    ["an age above nine tenths of the window", { ...AGAIN, ageMs: WINDOW_MS * 0.9 }],
  ])("is IDEMPOTENCY_UNKNOWN and does not run with %s (W-6.9)", async (_title, idempotency) => {
    const desk = createDesk();
    const client = await desk.hello();
    const answer = await ask(desk, client, 1, idempotency);
    expect(answer?.error).toMatchObject({ code: -32_010, data: { code: "IDEMPOTENCY_UNKNOWN" } });
    expect(desk.runs).toEqual([]);
    // It was not run, so it is not remembered either.
    expect(desk.server.stats().idempotencyEntries).toBe(0);
  });

  it("counts the time that a retry may have lain in a buffer (W-6.9)", async () => {
    const desk = createDesk({ limits: { idleTimeoutMs: 1e9 } });
    const client = await desk.hello();
    await desk.clock.advance(WINDOW_MS * 0.9);
    const answer = await ask(desk, client, 1, { ...AGAIN, ageMs: 0 });
    expect(answer?.error?.data.code).toBe("IDEMPOTENCY_UNKNOWN");
  });

  it("is of no use on another connection without a hello or a principal (W-6.8, W-6.9)", async () => {
    const desk = createDesk();
    const client = await desk.connect();
    expect((await ask(desk, client, 1, FIRST))?.result).toBe(1);
    expect((await ask(desk, client, 2, AGAIN))?.result).toBe(1);
    const next = await desk.connect();
    expect((await ask(desk, next, 3, AGAIN))?.error?.data.code).toBe("IDEMPOTENCY_UNKNOWN");
  });

  it("is forgotten one window after its answer, and then is unknown to a retry", async () => {
    const desk = createDesk({ limits: { idleTimeoutMs: 1e9 } });
    const client = await desk.hello();
    await ask(desk, client, 1, FIRST);
    await desk.clock.advance(WINDOW_MS - 100);
    expect((await ask(desk, client, 2, { ...AGAIN, ageMs: WINDOW_MS }))?.result).toBe(1);
    await desk.clock.advance(2_000);
    expect(desk.server.stats()).toMatchObject({ idempotencyEntries: 0, idempotencyBytes: 0 });
    const late = await ask(desk, client, 3, { ...AGAIN, ageMs: WINDOW_MS + 2_000 });
    expect(late?.error?.data.code).toBe("IDEMPOTENCY_UNKNOWN");
  });

  it("that was forgotten early is unknown to a retry that it may have been, and to no other (W-6.9, W-6.10)", async () => {
    const desk = createDesk({ limits: { maxIdempotencyEntries: 2 } });
    const client = await desk.hello();
    for (const [id, key] of ["a", "b", "c"].entries())
      await ask(desk, client, id, { key, attempt: 1 });
    expect(desk.server.stats()).toMatchObject({ idempotencyEntries: 2, idempotencyEvicted: 1 });
    client.terminate();
    await desk.clock.advance(1_000);
    const next = await desk.hello();
    const retry = { key: "x", attempt: 2, epoch: EPOCH };
    const unsure = await ask(desk, next, 1, { ...retry, key: "a", ageMs: 1_030 });
    expect(unsure?.error?.data.code).toBe("IDEMPOTENCY_UNKNOWN");
    expect((await ask(desk, next, 2, { ...retry, ageMs: 500 }))?.result).toBe(4);
  });

  it("keeps answers within their bytes, and an answer above the bound not at all", async () => {
    const desk = createDesk({ limits: { maxIdempotencyBytes: 2_000 } });
    desk.server.method("long", () => "x".repeat(2_000));
    const client = await desk.hello();
    for (let id = 0; id < 20; id += 1) await ask(desk, client, id, { key: `${id}`, attempt: 1 });
    const { idempotencyBytes, idempotencyEntries } = desk.server.stats();
    expect(idempotencyBytes).toBeLessThanOrEqual(2_000);
    expect(idempotencyEntries).toBeGreaterThan(1);
    const long = await ask(desk, client, "long", FIRST, { method: "long" });
    expect(long?.result).toHaveLength(2_000);
    expect(desk.server.stats()).toMatchObject({ idempotencyEntries: 0, idempotencyBytes: 0 });
  });

  it("is TOO_MANY_PENDING where all keys that fit still run (W-6.10)", async () => {
    const desk = createDesk({ limits: { maxIdempotencyEntries: 1 } });
    const client = await desk.hello();
    const other = await desk.hello(2);
    send(client, 1, FIRST, PLACE);
    await desk.clock.advance(5);
    expect((await ask(desk, other, 1, FIRST))?.error?.data.code).toBe("TOO_MANY_PENDING");
    await desk.finish();
    expect((await ask(desk, other, 2, FIRST))?.result).toBe(2);
  });

  it("goes on after METHOD_TIMEOUT, and the answer that comes then is that of its retry (W-6.10)", async () => {
    const desk = createDesk({ limits: { methodTimeoutMs: 1_000, idleTimeoutMs: 1e9 } });
    const client = await desk.hello();
    send(client, 1, FIRST, PLACE);
    await desk.clock.advance(2_500);
    expect(client.answer(1)?.error?.data.code).toBe("METHOD_TIMEOUT");
    send(client, 2, { ...AGAIN, ageMs: 2_500 }, PLACE);
    await desk.clock.advance(5);
    await desk.finish(42);
    expect(client.answer(2)?.result).toBe(42);
    expect((await ask(desk, client, 3, FIRST, PLACE))?.result).toBe(42);
    expect(desk.runs).toHaveLength(1);
  });

  it("leaves no trace where its connection ended before its turn (W-6.10)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    client.request(1, "order.place");
    send(client, 2, FIRST);
    await desk.clock.advance(5);
    client.terminate();
    await desk.clock.advance(5);
    const next = await desk.hello();
    expect((await ask(desk, next, 2, AGAIN))?.result).toBe(2);
  });

  it("leaves no trace where a limit refused it; of a later attempt that proves nothing (W-6.10)", async () => {
    const desk = createDesk({ limits: { maxPendingMethods: 1 } });
    const client = await desk.hello();
    client.request(1, "order.place");
    const first = await ask(desk, client, 2, FIRST);
    expect(first?.error?.data.code).toBe("TOO_MANY_PENDING");
    const second = await ask(desk, client, 3, AGAIN);
    expect(second?.error?.data).toEqual({
      code: "IDEMPOTENCY_UNKNOWN",
      detail: { refused: "TOO_MANY_PENDING" },
    });
    const unknown = await ask(desk, client, 4, AGAIN, { method: "no.such" });
    expect(unknown?.error?.data.detail).toEqual({ refused: "METHOD_NOT_FOUND" });
    await desk.finish();
    expect((await ask(desk, client, 5, AGAIN))?.result).toBe(2);
  });

  it("says nothing of earlier attempts where the rate, or a close, refuses a later one (W-6.10)", async () => {
    const desk = createDesk({ limits: { requestBurst: 3, requestsPerSecond: 0.001 } });
    const client = await desk.hello();
    for (let id = 1; id <= 3; id += 1) send(client, id, AGAIN);
    await desk.clock.advance(5);
    expect(client.answer(3)?.error?.data).toMatchObject({ detail: { refused: "RATE_LIMITED" } });
    const closing = createDesk();
    const late = await closing.hello();
    late.request(1, "order.place");
    late.request(2, "session.bye");
    const refused = await ask(closing, late, 3, AGAIN);
    expect(refused?.error?.data).toMatchObject({ detail: { refused: "GOING_AWAY" } });
  });

  it("works for each element of a batch", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    const element = { jsonrpc: "2.0", method: "count", params: [1], idempotency: FIRST };
    client.json([
      { ...element, id: 1 },
      { ...element, id: 2 },
    ]);
    await desk.clock.advance(5);
    expect(client.heard.at(-1)).toMatchObject([{ result: 1 }, { result: 1 }]);
  });

  it.each([
    [null],
    ["k"],
    [{ attempt: 1 }],
    [{ key: "", attempt: 1 }],
    [{ key: "k".repeat(129), attempt: 1 }],
    [{ key: 7, attempt: 1 }],
    [{ key: "k" }],
    [{ key: "k", attempt: 0 }],
    [{ key: "k", attempt: 1.5 }],
    [{ key: "k", attempt: 2, epoch: 7 }],
    [{ key: "k", attempt: 2, epoch: "e".repeat(129) }],
    [{ key: "k", attempt: 2, ageMs: -1 }],
    [{ key: "k", attempt: 2, ageMs: "1" }],
  ])("is INVALID_REQUEST in the shape %j (W-6.7)", async (idempotency) => {
    const desk = createDesk();
    const client = await desk.hello();
    const answer = await ask(desk, client, 1, idempotency);
    expect(answer?.error?.data.code).toBe("INVALID_REQUEST");
    expect(desk.runs).toEqual([]);
  });

  it("is dropped as a notification, and ignored by the wire's own methods (W-6.7)", async () => {
    const desk = createDesk();
    const client = await desk.hello();
    client.json({ jsonrpc: "2.0", method: "count", idempotency: FIRST });
    const ping = await ask(desk, client, 1, AGAIN, { method: "session.ping" });
    expect(ping?.result).toBeNull();
    expect(desk.runs).toEqual([]);
    expect(desk.server.stats().notificationsDropped).toBe(1);
  });
});
