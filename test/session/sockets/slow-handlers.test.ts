import { describe, expect, it } from "vitest";
import { Session } from "../../../src/index.ts";
import { SessionServer } from "../../../src/server/index.ts";

const EVENTS = 3_000;

describe("a slow handler on a real socket", () => {
  it("makes the session stop reading, or let go and resume, and misses nothing", async () => {
    const server = new SessionServer({ authorize: "public", history: { maxEvents: EVENTS } });
    const { port } = await server.listen(0);
    const session = new Session({
      url: `ws://localhost:${port}`,
      highWatermark: 50,
      lowWatermark: 10,
    });
    await session.connect();
    const seqs: number[] = [];
    let told = (): void => {};
    const isDone = new Promise<void>((resolve) => {
      told = resolve;
    });
    const subscription = session.subscribe("a", { maxQueuedEvents: 100 });
    const gaps: unknown[] = [];
    subscription.on("gap", (gap) => {
      gaps.push(gap);
    });
    subscription.on("event", async ({ seq }) => {
      // A turn of the event loop: new events come in between.
      await new Promise((resolve) => setImmediate(resolve));
      seqs.push(seq);
      if (seq === EVENTS) told();
    });
    await subscription.token;
    const padding = "x".repeat(200);
    for (let count = 0; count < EVENTS; count += 1) server.topic("a").publish(padding);
    await isDone;
    expect(seqs).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
    expect([gaps, session.stats().discardedEvents]).toEqual([[], 0]);
    expect(session.stats().pauses).toBeGreaterThan(0);
    const receipt = await session.close();
    expect(receipt.clean).toBe(true);
    await server.close();
  }, 30_000);

  it("runs a request with a key once, and gets its answer, over a link that is cut between", async () => {
    const server = new SessionServer({ authorize: "public" });
    let runs = 0;
    let started = (): void => {};
    const isStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    let finish = (_id: number): void => {};
    server.method("order.place", () => {
      runs += 1;
      started();
      return new Promise<number>((resolve) => {
        finish = resolve;
      });
    });
    const { port } = await server.listen(0);
    const session = new Session({
      url: `ws://localhost:${port}`,
      reconnect: { initialDelayMs: 1 },
    });
    await session.connect();
    const token = session.request("order.place", { qty: 1 }, { idempotencyKey: "k" });
    await isStarted;
    const isBack = new Promise<void>((resolve) => {
      session.on("state", ({ to }) => {
        if (to === "connected") resolve();
      });
    });
    for (const one of server.sessions) void one.close({ code: 4000, deadlineMs: 1 });
    await isBack;
    finish(7);
    expect([await token, token.proof, runs]).toEqual([7, "frame", 1]);
    expect((await session.close()).clean).toBe(true);
    await server.close();
  }, 30_000);
});
