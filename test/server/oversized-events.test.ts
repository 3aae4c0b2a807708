import { describe, expect, it } from "vitest";
import { MemoryBackplane } from "../../src/backplane/index.ts";
import type { HistoryResult } from "../../src/protocol/json-rpc/messages.ts";
import { newSession } from "../session/support/client.ts";
import { seededRandom } from "../session/support/seeded-random.ts";
import type { MemoryClient } from "./support/memory-client.ts";
import { DATA, type EventParams } from "./support/stalled.ts";
import { createWorld } from "./support/world.ts";

describe("an event above maxEventBytes that the backplane brings", () => {
  it("is a gap of one for live subscribers and in a replay, and left out of a history; the server reports EVENT_TOO_BIG", async () => {
    const backplane = new MemoryBackplane();
    const { server, connect, clock } = createWorld({ backplane, limits: { maxEventBytes: 50 } });
    const errors: string[] = [];
    server.on("error", ({ code, message }) => errors.push(`${code} ${message}`));
    const live = await connect();
    const thinned = await connect();
    await live.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const delivery = { type: "sample", intervalMs: 1_000 };
    await thinned.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    for (const data of [1, 2, DATA, 4]) backplane.publish("a", JSON.stringify(data));
    await clock.advance(2_000);
    const late = await connect();
    const since = { epoch: server.topic("a").position.epoch, seq: 1 };
    await late.ask(1, "topic.subscribe", { topics: [{ topic: "a", since }] });
    const gap = { topic: "a", from: 3, to: 3 };
    const tellingOf = (client: MemoryClient) =>
      client.singles.slice(1).map(({ method, params }) => [method, (params as EventParams).seq]);
    expect(live.heardOf("topic.gap")).toEqual([gap]);
    expect(tellingOf(live).map(([, seq]) => seq)).toEqual([1, 2, undefined, 4]);
    expect(tellingOf(thinned).map(([, seq]) => seq)).toEqual([1, 2, undefined, 4]);
    expect(tellingOf(late).map(([, seq]) => seq)).toEqual([2, undefined, 4]);
    const history = await late.ask(2, "topic.history", { topic: "a", since });
    expect(history?.result).toMatchObject({
      recovered: true,
      seq: 4,
      events: [{ seq: 2 }, { seq: 4 }],
      more: false,
    });
    expect(errors).toEqual(["EVENT_TOO_BIG event 3 of a is above maxEventBytes (50)"]);
    expect(server.stats().eventsOversized).toBe(1);
  });

  it("stands in the way of no page of a history: the limit counts what is sent (W-5.12)", async () => {
    const backplane = new MemoryBackplane();
    const { connect } = createWorld({ backplane, limits: { maxEventBytes: 50 } });
    for (const data of [1, DATA, DATA, 4, 5, DATA]) backplane.publish("a", JSON.stringify(data));
    const client = await connect();
    const { epoch } = backplane.position("a");
    const pageAfter = async (seq: number) => {
      const params = { topic: "a", since: { epoch, seq }, limit: 2 };
      const { result } = (await client.ask(seq, "topic.history", params)) ?? {};
      const { events, more, recovered } = result as HistoryResult;
      return [recovered, events.map((event) => event.seq), more];
    };
    expect(await pageAfter(0)).toEqual([true, [1, 4], true]);
    expect(await pageAfter(4)).toEqual([true, [5], false]);
    expect(await pageAfter(5)).toEqual([true, [], false]);
  });

  it("is a gap of its own for who reads the history by itself, first, last and between", async () => {
    const backplane = new MemoryBackplane();
    const { server, clock, network } = createWorld({ backplane, limits: { maxEventBytes: 50 } });
    const environment = { clock, random: seededRandom(1), transport: network.transport() };
    const session = newSession({ url: "ws://memory/" }, environment);
    session.connect();
    for (const data of [DATA, 2, DATA, 4, DATA]) backplane.publish("a", JSON.stringify(data));
    const { epoch } = server.topic("a").position;
    await clock.advance(10);
    const told: (readonly unknown[])[] = [];
    for (const start of [{ epoch, seq: 0 }, { epoch, seq: 0 }, { last: 4 }]) {
      const log: unknown[] = [];
      const subscription = session.subscribe("a", { since: start });
      subscription.on("event", ({ seq }) => log.push(seq));
      subscription.on("gap", ({ from, to }) => log.push(`${from}-${to}`));
      told.push(log);
      await clock.advance(10);
    }
    expect(told).toEqual([
      ["1-1", 2, "3-3", 4, "5-5"],
      ["1-1", 2, "3-3", 4, "5-5"],
      [2, "3-3", 4, "5-5"],
    ]);
    backplane.publish("a", "6");
    await clock.advance(10);
    expect(told.map((log) => log.at(-1))).toEqual([6, 6, 6]);
  });
});
