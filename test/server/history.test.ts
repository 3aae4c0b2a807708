import { describe, expect, it } from "vitest";
import type { Position } from "../../src/backplane/index.ts";
import type { HistoryResult } from "../../src/protocol/json-rpc/messages.ts";
import { Refusal } from "../../src/server/methods/refusal.ts";
import { SessionServer, type SessionServerOptions } from "../../src/server/session-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { MemoryClient } from "./support/memory-client.ts";
import { createWorld, type World } from "./support/world.ts";

/** A world in which a topic has so many events, and a client that reads it. */
async function published(count: number, options: SessionServerOptions = {}) {
  const world: World = createWorld({ history: { maxEvents: 5_000 }, ...options });
  const topic = world.server.topic("a");
  for (let value = 1; value <= count; value += 1) topic.publish({ value });
  const client = await world.connect();
  let id = 0;
  return {
    ...world,
    topic,
    client,
    epoch: topic.position.epoch,
    read: async (params: object) => {
      id += 1;
      return client.ask(id, "topic.history", { topic: "a", ...params });
    },
  };
}

describe("topic.history (W-5.12)", () => {
  it("gives what came after a position, without a subscription", async () => {
    const { read, epoch, topic, client, server, clock } = await published(3);
    expect((await read({ since: { epoch, seq: 1 } }))?.result).toEqual({
      topic: "a",
      epoch,
      seq: 3,
      recovered: true,
      events: [
        { seq: 2, data: { value: 2 } },
        { seq: 3, data: { value: 3 } },
      ],
      more: false,
    });
    topic.publish({ value: 4 });
    await clock.advance(5);
    expect(client.heardOf("topic.event")).toEqual([]);
    expect(server.stats().subscriptions).toBe(0);
  });

  it("gives the newest events for {last}", async () => {
    const { read } = await published(10);
    const result = (await read({ since: { last: 2 } }))?.result as HistoryResult;
    expect(result).toMatchObject({ recovered: true, more: false, seq: 10 });
    expect(result.events.map(({ seq }) => seq)).toEqual([9, 10]);
  });

  it.each([
    ["the future", { seq: 11 }],
    ["another epoch", { epoch: "other", seq: 3 }],
    ["what is forgotten", { seq: 1 }],
  ])("is not recovered, and empty, since %s (W-5.3)", async (_name, since) => {
    const { read, epoch } = await published(10, { history: { maxEvents: 5 } });
    expect((await read({ since: { epoch, ...since } }))?.result).toEqual({
      topic: "a",
      epoch,
      seq: 10,
      recovered: false,
      events: [],
      more: false,
    });
  });

  it("reads page by page, each once and in order, while the topic goes on", async () => {
    const { read, epoch, topic } = await published(2_500);
    const seqs: number[] = [];
    let since: Position = { epoch, seq: 3 };
    let pages = 0;
    for (let more = true; more; pages += 1) {
      topic.publish({ value: 0 });
      const page = (await read({ since, ...(pages === 0 ? { limit: 7 } : {}) }))
        ?.result as HistoryResult;
      expect(page.recovered).toBe(true);
      expect(page.events.length).toBeLessThanOrEqual(pages === 0 ? 7 : 1_000);
      seqs.push(...page.events.map(({ seq }) => seq));
      since = { epoch, seq: page.events.at(-1)?.seq ?? Number.NaN };
      more = page.more;
    }
    expect(seqs).toEqual(Array.from({ length: topic.position.seq - 3 }, (_, index) => index + 4));
    expect(pages).toBe(4);
  });

  it("bounds an answer's bytes, but for its first event", async () => {
    const { server, client, clock } = await published(0);
    const topic = server.topic("a");
    for (let count = 0; count < 3; count += 1) topic.publish("x".repeat(300_000));
    const { epoch } = topic.position;
    const seqs: number[] = [];
    for (let seq = 0; seq < 3; seq += 1) {
      client.request(seq, "topic.history", { topic: "a", since: { epoch, seq } });
      await clock.advance(5);
      const page = client.answer(seq)?.result as HistoryResult;
      expect(page.events).toHaveLength(1);
      expect(page.more).toBe(seq < 2);
      seqs.push(page.events[0]?.seq ?? 0);
    }
    expect(seqs).toEqual([1, 2, 3]);
  });

  it("tells the time of the publish where latency is measured, as live events do", async () => {
    const { read } = await published(1, { latency: true, wallNow: () => 1_700_000_000_000 });
    const result = (await read({ since: { last: 1 } }))?.result as HistoryResult;
    expect(result.events).toEqual([{ seq: 1, data: { value: 1 }, at: 1_700_000_000_000 }]);
  });

  it("is allowed where a subscribe is, with the same codes (W-5.5)", async () => {
    const { read } = await published(1, {
      authorize: (_session, topic) => {
        if (topic === "later") return Promise.resolve(true);
        if (topic === "own") throw new Refusal("PAY_FIRST", "no subscription");
        return topic === "a";
      },
    });
    const codeOf = async (topic: string) =>
      (await read({ topic, since: { last: 1 } }))?.error?.data.code;
    expect(await codeOf("a")).toBeUndefined();
    expect(await codeOf("later")).toBeUndefined();
    expect(await codeOf("other")).toBe("FORBIDDEN");
    expect(await codeOf("own")).toBe("PAY_FIRST");
    expect(await codeOf("")).toBe("UNKNOWN_TOPIC");
  });

  it("asks for the application's yes before it tells anything, and drops the answer of a session that is gone", async () => {
    const decisions: ((isAllowed: boolean) => void)[] = [];
    const { client, clock, server } = await published(1, {
      authorize: () => new Promise((resolve) => decisions.push(resolve)),
    });
    client.request(1, "topic.history", { topic: "a", since: { last: 1 } });
    await clock.advance(5);
    expect(client.heard).toEqual([]);
    client.terminate();
    await clock.advance(5);
    decisions[0]?.(true);
    await clock.advance(5);
    expect(client.heard).toEqual([]);
    expect(server.stats()).toMatchObject({ sessions: 0, authorizations: 0 });
  });

  it("takes its turn behind a subscribe and before an unsubscribe of its topic (W-4.4)", async () => {
    const { client, clock, epoch } = await published(1, {
      authorize: () => new Promise((resolve) => resolve(true)),
    });
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(2, "topic.history", { topic: "a", since: { epoch, seq: 0 } });
    client.request(3, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    expect(client.singles.map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [{ since: { last: 1 } }],
    [{ topic: "a" }],
    [{ topic: "a", since: { epoch: "e", seq: -1 } }],
    [{ topic: "a", since: { epoch: "e", seq: 1.5 } }],
    [{ topic: "a", since: { last: -1 } }],
    [{ topic: "a", since: { last: 1 }, limit: 0 }],
    [{ topic: "a", since: { last: 1 }, limit: 1_001 }],
    [{ topic: "a", since: { last: 1 }, limit: "5" }],
  ])("is INVALID_PARAMS with %j", async (params) => {
    const { client } = await published(1);
    const answer = await client.ask(1, "topic.history", params);
    expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
  });

  it("waits for a backplane that takes its time, and is METHOD_FAILED where that fails", async () => {
    const clock = new VirtualClock();
    const backplane = new DelayedBackplane(clock, () => 3);
    const server = new SessionServer<never, Promise<Position>>({
      authorize: "public",
      clock,
      backplane,
    });
    const errors: string[] = [];
    server.on("error", ({ code }) => errors.push(code));
    const network = new MemoryNetwork({ clock });
    network.listen((connection, info) => server.accept(connection, info));
    const client = await MemoryClient.connect(network, clock);
    void server.topic("a" as never).publish(1 as never);
    await clock.advance(10);
    client.request(1, "topic.history", { topic: "a", since: { last: 1 } });
    await clock.advance(20);
    expect(client.answer(1)?.result).toMatchObject({ events: [{ seq: 1, data: 1 }] });
    backplane.failure = new Error("planted");
    client.request(2, "topic.history", { topic: "a", since: { last: 1 } });
    await clock.advance(20);
    expect(client.answer(2)?.error?.data.code).toBe("METHOD_FAILED");
    expect(errors).toEqual(["BACKPLANE_FAILED"]);
  });
});
