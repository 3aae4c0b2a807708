import { channel } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import {
  EVENT_WRITTEN_CHANNEL,
  type EventWrittenMessage,
} from "../../src/server/fanout/frame-timing.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { closeServers, serve, until } from "./support/serve.ts";
import { BareClient } from "./support/sockets.ts";
import { createWorld } from "./support/world.ts";

afterEach(closeServers);

const SUBSCRIBE = "topic.subscribe";

describe("latency", () => {
  it("is not measured, and events tell no time, unless asked for", async () => {
    const { server, connect, clock } = createWorld();
    const client = await connect();
    await client.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    server.topic("a").publish(1);
    await clock.advance(5);
    expect(client.heardOf("topic.event")).toEqual([{ topic: "a", seq: 1, data: 1 }]);
    expect(server.stats().latency).toBeNull();
    expect(server.prometheus()).not.toContain("publish_to_written");
  });

  it("puts the time of the publish on each event, live or replayed", async () => {
    let now = 1_700_000_000_000;
    const { server, connect, clock } = createWorld({ latency: true, wallNow: () => now });
    const client = await connect();
    await client.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    const { epoch } = server.topic("a").publish("one");
    await clock.advance(5);
    now += 250;
    server.topic("a").publish("two");
    await clock.advance(5);
    const expected = [
      { topic: "a", seq: 1, data: "one", at: 1_700_000_000_000 },
      { topic: "a", seq: 2, data: "two", at: 1_700_000_000_250 },
    ];
    expect(client.heardOf("topic.event")).toEqual(expected);
    const late = await connect();
    await late.ask(1, SUBSCRIBE, { topics: [{ topic: "a", since: { epoch, seq: 0 } }] });
    expect(late.heardOf("topic.event")).toEqual(expected);
    // Replays are no fan-out: only the two events count.
    expect(server.stats().latency?.topics["a"]?.publishToWritten.count).toBe(2);
  });

  it("ends with the last write: of a connection that waits, at the flush and not before", async () => {
    const { server, url } = await serve({ latency: true, flushMs: 30 });
    const clients = await Promise.all([new BareClient(url).opened(), new BareClient(url).opened()]);
    for (const client of clients) await client.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    const messages: EventWrittenMessage[] = [];
    const listener = (message: unknown): void => {
      messages.push(message as EventWrittenMessage);
    };
    channel(EVENT_WRITTEN_CHANNEL).subscribe(listener);
    try {
      server.topic("a").publish(1);
      server.topic("a").publish(2);
      expect(server.stats().latency?.topics).toEqual({});
      await until(() => messages.length === 2);
    } finally {
      channel(EVENT_WRITTEN_CHANNEL).unsubscribe(listener);
    }
    expect(messages).toMatchObject([
      { topic: "a", seq: 1 },
      { topic: "a", seq: 2 },
    ]);
    // The first one waited for all of the time; a timer may fire up to a millisecond early.
    expect(messages[0]?.publishToWrittenMs).toBeGreaterThan(28);
    const summary = server.stats().latency?.topics["a"]?.publishToWritten;
    expect(summary?.count).toBe(2);
    expect(summary?.p99Ms).toBeGreaterThanOrEqual(summary?.p50Ms ?? Number.NaN);
    const taken = Math.max(...messages.map((message) => message.publishToWrittenMs));
    // Two digits are kept.
    expect(summary?.maxMs).toBeGreaterThan(taken * 0.98);
    expect(summary?.maxMs).toBeLessThan(taken * 1.02);
  });

  it("is counted for compressed connections, too, and once for each event", async () => {
    const { server, url } = await serve({ latency: true, perMessageDeflate: true });
    const clients = await Promise.all(
      [true, true, false].map((perMessageDeflate) =>
        new BareClient(url, { perMessageDeflate }).opened(),
      ),
    );
    for (const client of clients.slice(0, 2)) {
      await client.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    }
    server.topic("a").publish(1);
    expect(server.stats().latency?.topics["a"]?.publishToWritten.count).toBe(1);
    await clients[2]?.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    server.topic("a").publish(2);
    expect(server.stats().latency?.topics["a"]?.publishToWritten.count).toBe(1);
    await until(() => server.stats().latency?.topics["a"]?.publishToWritten.count === 2);
  });

  it("has figures of their own for maxTopics topics, and one for all others", async () => {
    const { server, connect, clock } = createWorld({
      latency: { maxTopics: 2, isMeasured: (topic) => topic !== "secret" },
      wallNow: () => 1_700_000_000_000,
    });
    const client = await connect();
    const names = ["a", 'quo"te\\d', "c", "d", "secret"];
    await client.ask(1, SUBSCRIBE, { topics: names.map((topic) => ({ topic })) });
    for (const name of names) server.topic(name).publish(1);
    server.topic("d").publish(2);
    await clock.advance(5);
    const { latency } = server.stats();
    expect(Object.keys(latency?.topics ?? {})).toEqual(["a", 'quo"te\\d']);
    expect(latency?.otherTopics?.publishToWritten.count).toBe(3);
    expect(client.heardOf("topic.event")).toContainEqual({ topic: "secret", seq: 1, data: 1 });
    const lines = server.prometheus().split("\n");
    const metric = "orderly_ws_publish_to_written_seconds";
    expect(lines).toContain(`# TYPE ${metric} summary`);
    expect(lines).toContain(`${metric}_count{topic="a"} 1`);
    expect(lines).toContain(`${metric}_count{topic="quo\\"te\\\\d"} 1`);
    expect(lines).toContain(`${metric}_count 3`);
    const quantile = lines.find((line) => line.startsWith(`${metric}{topic="a",quantile="0.99"} `));
    // In seconds: the least that is counted is a microsecond.
    expect(Number(quantile?.split(" ")[1])).toBe(0.000_001);
  });

  it("counts the time that a backplane took, by the clock of whoever numbered the event", async () => {
    let now = 1_700_000_000_000;
    const { server, connect, clock } = createWorld({
      latency: true,
      wallNow: () => {
        // Each look at the clock is 3 ms later: the number is given at one, the fan-out begins at the next.
        now += 3;
        return now;
      },
    });
    const client = await connect();
    await client.ask(1, SUBSCRIBE, { topics: [{ topic: "a" }] });
    server.topic("a").publish(1);
    await clock.advance(5);
    const summary = server.stats().latency?.topics["a"]?.publishToWritten;
    expect(summary?.count).toBe(1);
    // Two digits are kept.
    expect(summary?.minMs).toBeGreaterThan(2.9);
  });

  it.each([-1, 0.5, Number.POSITIVE_INFINITY])("refuses maxTopics %d", (maxTopics) => {
    expect(() => new SessionServer({ latency: { maxTopics } })).toThrow(
      new RangeError(`latency.maxTopics must be an integer from 0 up, got ${maxTopics}`),
    );
  });
});
