import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BackplaneError, type Position } from "../../src/backplane/index.ts";
import { Session } from "../../src/index.ts";
import { type ServerError, SessionServer } from "../../src/server/index.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { MemoryClient } from "./support/memory-client.ts";

interface EventParams {
  readonly seq: number;
  readonly data: unknown;
}

function seqsOf(client: MemoryClient): number[] {
  return client.heardOf("topic.event").map((event) => (event as EventParams).seq);
}

function delayedWorld(delayMs: () => number) {
  const clock = new VirtualClock();
  const backplane = new DelayedBackplane(clock, delayMs);
  const server = new SessionServer<never, Promise<Position>>({
    authorize: "public",
    clock,
    backplane,
  });
  const network = new MemoryNetwork({ clock, latencyMs: 1 });
  network.listen((connection, info) => server.accept(connection, info));
  return { clock, backplane, server, network };
}

describe("A subscribe with since", () => {
  it("is answered first, then replays what was missed, then goes on live: each once, in order", async () => {
    const clock = new VirtualClock();
    const server = new SessionServer({ authorize: "public", clock });
    const network = new MemoryNetwork({ clock, latencyMs: 1 });
    network.listen((connection, info) => server.accept(connection, info));
    const topic = server.topic("a");
    const { epoch } = topic.publish("one");
    topic.publish("two");
    topic.publish("three");
    const client = await MemoryClient.connect(network, clock);
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", since: { epoch, seq: 1 } }] });
    topic.publish("four");
    await clock.advance(5);
    expect(client.singles[0]).toMatchObject({
      id: 1,
      result: { topics: [{ seq: 1, recovered: true }] },
    });
    expect(client.heardOf("topic.event")).toEqual([
      { topic: "a", seq: 2, data: "two" },
      { topic: "a", seq: 3, data: "three" },
      { topic: "a", seq: 4, data: "four" },
    ]);
    const { result } = (await client.ask(2, "topic.unsubscribe", { topics: ["a"] })) ?? {};
    expect(result).toEqual({ topics: [{ topic: "a", lastSeq: 4 }] });
  });

  it("holds live events back while a slow backplane reads the history, and brings none twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer({ min: 0, max: 20 })),
        fc.nat(8),
        fc.nat(8),
        async (delays, known, during) => {
          const { clock, server, network } = delayedWorld(() => delays.next().value);
          for (let count = 1; count <= 8; count += 1)
            void server.topic("a" as never).publish(count as never);
          await clock.advance(500);
          const client = await MemoryClient.connect(network, clock);
          const position = server.topic("a" as never).position;
          await clock.advance(100);
          const { epoch } = await position;
          client.request(1, "topic.subscribe", {
            topics: [{ topic: "a", since: { epoch, seq: known } }],
          });
          for (let count = 1; count <= during; count += 1) {
            void server.topic("a" as never).publish(count as never);
            await clock.advance(7);
          }
          await clock.advance(2_000);
          expect(client.answer(1)?.result).toEqual({
            topics: [{ topic: "a", epoch, seq: known, recovered: true }],
          });
          const expected = Array.from(
            { length: 8 + during - known },
            (_, index) => known + 1 + index,
          );
          expect(seqsOf(client)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    [
      "an unsubscribe",
      "topic.unsubscribe",
      { topics: ["a"] },
      { topics: [{ topic: "a", lastSeq: 1 }] },
    ],
    ["a bye", "session.bye", {}, { notifications: 0, lastSeq: { a: 1 } }],
  ])(
    "that %s ends before its live events have reached its replay ends where that did (W-5.6)",
    async (_end, method, params, result) => {
      const { clock, backplane, server, network } = delayedWorld(() => 10);
      const client = await MemoryClient.connect(network, clock);
      client.request(1, "topic.subscribe", { topics: [{ topic: "a", since: { last: 5 } }] });
      await clock.advance(15);
      backplane.memory.publish("a", '"one"');
      await clock.advance(7);
      client.request(2, method, params);
      await clock.advance(50);
      expect(seqsOf(client)).toEqual([1]);
      expect(client.answer(2)?.result).toEqual(result);
      expect(server.stats().subscriptions).toBe(0);
    },
  );

  it("says METHOD_FAILED, reports BACKPLANE_FAILED and keeps nothing subscribed where the backplane fails", async () => {
    const { clock, backplane, server, network } = delayedWorld(() => 3);
    const errors: ServerError[] = [];
    server.on("error", (error) => errors.push(error));
    const client = await MemoryClient.connect(network, clock);
    backplane.failure = new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    client.request(1, "topic.subscribe", {
      topics: [{ topic: "a", since: { last: 1 } }, { topic: "b" }],
    });
    await clock.advance(50);
    expect(client.answer(1)?.error).toMatchObject({ data: { code: "METHOD_FAILED" } });
    expect(errors.map(({ code }) => code)).toEqual(["BACKPLANE_FAILED"]);
    expect(server.stats().subscriptions).toBe(0);
    backplane.failure = undefined;
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(50);
    expect(client.answer(2)?.result).toMatchObject({ topics: [{ topic: "a", seq: 0 }] });
  });

  it("leaves nothing behind where the session goes while the backplane is asked", async () => {
    const { clock, server, network } = delayedWorld(() => 10);
    const client = await MemoryClient.connect(network, clock);
    client.request(1, "topic.subscribe", { topics: [{ topic: "a", since: { last: 1 } }] });
    await clock.advance(5);
    client.terminate();
    await clock.advance(100);
    expect(server.stats()).toMatchObject({ sessions: 0, subscriptions: 0, topics: 0 });
  });

  it("publishes nothing where the backplane has no room, and says so as at maxTopics", async () => {
    const { clock, backplane, server } = delayedWorld(() => 1);
    backplane.failure = new BackplaneError("BACKPLANE_FULL", "full");
    const full = server
      .topic("a")
      .publish("one" as never)
      .catch((error: ServerError) => error);
    await clock.advance(5);
    expect(await full).toMatchObject({ code: "TOO_MANY_TOPICS", cause: backplane.failure });
    expect(server.stats().eventsPublished).toBe(0);
    backplane.failure = new BackplaneError("BACKPLANE_UNAVAILABLE", "gone");
    const gone = server
      .topic("a")
      .publish("one" as never)
      .catch((error: unknown) => error);
    await clock.advance(5);
    expect(await gone).toBe(backplane.failure);
  });

  it("refuses a topic that the backplane has no room for", async () => {
    const { clock, backplane, network } = delayedWorld(() => 1);
    backplane.failure = new BackplaneError("BACKPLANE_FULL", "full");
    const client = await MemoryClient.connect(network, clock);
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(20);
    expect(client.answer(1)?.result).toEqual({ topics: [{ topic: "a", code: "TOO_MANY_TOPICS" }] });
  });
});

describe("A session over links that break", () => {
  it("gets every event once and in order, or a gap that says exactly which not", async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          type: fc.constant("publish" as const),
          times: fc.integer({ min: 1, max: 5 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant("cut" as const), afterMs: fc.nat(3) }),
      },
      { weight: 3, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(800) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const clock = new VirtualClock();
        const server = new SessionServer({ authorize: "public", clock, history: { maxEvents: 8 } });
        const network = new MemoryNetwork({ clock, latencyMs: 2 });
        network.listen((connection, info) => server.accept(connection, info));
        const session = new Session(
          { url: "ws://memory/" },
          { clock, transport: network.transport() },
        );
        const connected = session.connect();
        await clock.advance(10);
        await connected;
        const subscription = session.subscribe("a");
        const accounted: number[] = [];
        subscription.on("event", ({ seq }) => {
          accounted.push(seq);
        });
        let gaps = 0;
        subscription.on("gap", ({ from, to }) => {
          gaps += 1;
          for (let seq = from; seq <= (to ?? 0); seq += 1) accounted.push(seq);
        });
        await clock.advance(10);
        let published = 0;
        for (const one of steps) {
          if (one.type === "wait") await clock.advance(one.ms);
          else if (one.type === "cut") {
            await clock.advance(one.afterMs);
            network.links.at(-1)?.cut();
          } else {
            for (let time = 0; time < one.times; time += 1) {
              published += 1;
              server.topic("a").publish(published);
            }
          }
        }
        await clock.advance(60_000);
        expect(session.state).toBe("subscribed");
        expect(accounted).toEqual(Array.from({ length: published }, (_, index) => index + 1));
        // With a history of eight, small losses are made good without a gap.
        const largestLoss = published;
        if (largestLoss <= 8) expect(gaps).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
