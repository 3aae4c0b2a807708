import { describe, expect, it } from "vitest";
import { MemoryBackplane } from "../../src/backplane/index.ts";
import type { MemoryClient } from "./support/memory-client.ts";
import { DATA, type EventParams } from "./support/stalled.ts";
import { createWorld } from "./support/world.ts";

describe("an event above maxEventBytes that the backplane brings", () => {
  it("is a gap of one for live subscribers and in a replay; history is not recovered; the server reports EVENT_TOO_BIG", async () => {
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
    expect(history?.result).toMatchObject({ recovered: false, events: [], more: false });
    expect(errors).toEqual(["EVENT_TOO_BIG event 3 of a is above maxEventBytes (50)"]);
    expect(server.stats().eventsOversized).toBe(1);
  });
});
