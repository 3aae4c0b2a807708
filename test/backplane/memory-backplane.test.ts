import { describe, expect, it, vi } from "vitest";
import { MemoryBackplane, TopicHistory } from "../../src/backplane/index.ts";
import { systemClock } from "../../src/transport/system-clock.ts";
import { backplaneContract } from "./contract.ts";
import { DelayedBackplane } from "./support/delayed-backplane.ts";

let shared = new MemoryBackplane();
backplaneContract({
  name: "memory",
  prepare: async (maxEvents) => {
    shared = new MemoryBackplane({ history: { maxEvents } });
  },
  make: async () => shared,
});

// The suite itself must hold for a backplane that answers late: the next implementation will.
let maxRemembered = 0;
backplaneContract({
  name: "memory, answering late",
  prepare: async (maxEvents) => {
    maxRemembered = maxEvents;
  },
  make: async () =>
    new DelayedBackplane(systemClock, () => 0, {
      history: { maxEvents: maxRemembered },
      wallNow: Date.now,
    }),
});

describe("MemoryBackplane", () => {
  it("forgets events by age, and says that they cannot be recovered", () => {
    let nowMs = 1_000;
    const backplane = new MemoryBackplane({ history: { maxAgeMs: 100 }, wallNow: () => nowMs });
    const first = backplane.publish("a", "1");
    backplane.publish("a", "2");
    nowMs += 100;
    expect(backplane.read("a", first).recovered).toBe(true);
    nowMs += 1;
    expect(backplane.read("a", first)).toMatchObject({ recovered: false, events: [] });
    expect(backplane.stats().historyBytes).toBe(0);
  });

  it("keeps all histories within maxHistoryBytes: the topic silent for longest forgets its own, not its numbers", () => {
    const backplane = new MemoryBackplane({ maxHistoryBytes: 2_000, history: { maxEvents: 10 } });
    const data = JSON.stringify("x".repeat(200));
    const a = backplane.publish("a", data);
    backplane.publish("a", data);
    for (let count = 0; count < 3; count += 1) backplane.publish("b", data);
    expect(backplane.stats().historyBytes).toBeLessThanOrEqual(2_000);
    expect(backplane.read("a", a).recovered).toBe(false);
    expect(backplane.position("a").seq).toBe(2);
    expect(backplane.read("b", { last: 9 }).events).toHaveLength(3);
  });

  it("an event larger than maxHistoryBytes is carried and not remembered", () => {
    const backplane = new MemoryBackplane({ maxHistoryBytes: 100 });
    const heard: string[] = [];
    backplane.join("a", ({ dataJson }) => heard.push(dataJson));
    backplane.publish("a", '"small"');
    const large = JSON.stringify("x".repeat(1_000));
    const before = backplane.position("a");
    backplane.publish("a", large);
    expect(heard.at(-1)).toBe(large);
    expect(backplane.stats().historyBytes).toBe(0);
    expect(backplane.read("a", before).recovered).toBe(false);
  });

  it("decides about each topic's history by name", () => {
    const backplane = new MemoryBackplane({
      history: (topic) => (topic.startsWith("quotes:") ? { maxEvents: 1 } : { maxEvents: 0 }),
    });
    backplane.publish("quotes:A", "1");
    backplane.publish("chat", "1");
    expect(backplane.read("quotes:A", { last: 9 }).events).toHaveLength(1);
    expect(backplane.read("chat", { last: 9 }).events).toHaveLength(0);
  });

  it("at maxTopics forgets the one silent for longest that nobody joined, and never its epoch's name again", () => {
    const backplane = new MemoryBackplane({ maxTopics: 2 });
    backplane.join("a", () => {});
    const b = backplane.publish("b", "1");
    backplane.publish("c", "1");
    expect(backplane.stats()).toMatchObject({ topics: 2, topicsEvicted: 1 });
    expect(() => new MemoryBackplane({ maxTopics: 0 }).publish("a", "1")).toThrow(
      expect.objectContaining({ code: "BACKPLANE_FULL" }),
    );
    expect(backplane.position("a").seq).toBe(0);
    expect(backplane.publish("b", "1").epoch).not.toBe(b.epoch);
  });

  it("keeps the epoch of a quiet topic whose session comes back while others are forgotten", () => {
    const backplane = new MemoryBackplane({ maxTopics: 2 });
    const listener = (): void => {};
    const quiet = backplane.join("quiet", listener);
    backplane.leave("quiet", listener);
    for (const topic of ["b", "c", "d"]) backplane.publish(topic, "1");
    backplane.delete("d");
    expect(backplane.stats()).toMatchObject({ topicsEvicted: 1 });
    backplane.publish("quiet", "1");
    expect(backplane.read("quiet", quiet)).toMatchObject({
      recovered: true,
      events: [{ seq: 1 }],
    });
  });

  it("never gives a topic an epoch that it had, however many others are forgotten in between", () => {
    const backplane = new MemoryBackplane({ maxTopics: 3 });
    const epochsOf = new Map<string, Set<string>>();
    for (let count = 0; count < 200; count += 1) {
      const topic = `t${(count * 7) % 11}`;
      const { epoch, seq } = backplane.publish(topic, "1");
      const epochs = epochsOf.get(topic) ?? new Set();
      expect(epochs.has(epoch) && seq === 1).toBe(false);
      epochsOf.set(topic, epochs.add(epoch));
      if (count % 3 === 0) backplane.delete(topic);
    }
  });

  it("brings what a listener publishes to all in one order, and nothing to who joins behind it", () => {
    const backplane = new MemoryBackplane();
    const heard: string[] = [];
    const late = ({ seq }: { seq: number }): void => {
      heard.push(`late ${seq}`);
    };
    backplane.join("a", ({ seq }) => {
      heard.push(`one ${seq}`);
      if (seq > 1) return;
      backplane.publish("a", "2");
      expect(backplane.join("a", late).seq).toBe(2);
    });
    const other = ({ seq }: { seq: number }): void => {
      heard.push(`other ${seq}`);
    };
    backplane.join("a", other);
    backplane.publish("a", "1");
    backplane.publish("a", "3");
    expect(heard).toEqual(["one 1", "other 1", "one 2", "other 2", "one 3", "other 3", "late 3"]);
    backplane.leave("a");
    backplane.publish("a", "4");
    expect(heard).toHaveLength(7);
  });

  it("a listener that throws fails its publish, and the next event comes all the same", () => {
    const backplane = new MemoryBackplane();
    const heard: number[] = [];
    backplane.join("a", ({ seq }) => {
      if (seq === 1) throw new Error("not allowed");
      heard.push(seq);
    });
    expect(() => backplane.publish("a", "1")).toThrow("not allowed");
    backplane.publish("a", "2");
    expect(heard).toEqual([2]);
  });

  it("finds who forgets without a search, however many have nothing to forget", () => {
    const clear = vi.spyOn(TopicHistory.prototype, "clear");
    const backplane = new MemoryBackplane({ maxHistoryBytes: 10_000, maxTopics: 1_000 });
    for (let topic = 0; topic < 1_000; topic += 1) backplane.publish(`t${topic}`, '"data"');
    expect(clear.mock.calls.length).toBeLessThan(1_000);
    clear.mockClear();
    for (let topic = 0; topic < 1_000; topic += 1) backplane.join(`t${topic}`, () => {});
    // Every event takes the room of one other.
    for (let count = 0; count < 100; count += 1) backplane.publish("t1", '"data"');
    expect(clear.mock.calls.length).toBeLessThanOrEqual(100);
    clear.mockRestore();
    expect(() => backplane.join("one more", () => {})).toThrow("are joined");
    backplane.leave("t7");
    backplane.leave("t3");
    backplane.publish("t7", '"data"');
    backplane.join("one more", () => {});
    expect(backplane.position("t7").seq).toBe(2);
    expect(backplane.position("t3").seq).toBe(0);
  });

  it("at its limits costs a publish, or a refused join, no more than below them", () => {
    const topics = 20_000;
    const timed = (act: (number: number) => void): number => {
      const startMs = performance.now();
      for (let number = 0; number < topics; number += 1) act(number);
      return performance.now() - startMs;
    };
    const backplane = new MemoryBackplane({ maxTopics: topics, maxHistoryBytes: 1_000_000 });
    const belowMs = timed((number) => backplane.join(`t${number}`, () => {}));
    const atLimitMs = timed((number) => backplane.publish(`t${number}`, '"data"'));
    let refused = 0;
    const refusedMs = timed((number) => {
      try {
        backplane.join(`u${number}`, () => {});
      } catch {
        refused += 1;
      }
    });
    expect(refused).toBe(topics);
    // A search among all of them would cost hundreds of times as much.
    expect(Math.max(atLimitMs, refusedMs)).toBeLessThan(50 * belowMs + 1_000);
  });

  it("a topic that was joined and never published to costs nothing after leave", () => {
    const backplane = new MemoryBackplane();
    backplane.join("a", () => {});
    backplane.leave("a");
    backplane.leave("a");
    backplane.delete("a");
    expect(backplane.stats().topics).toBe(0);
  });

  it.each([
    [{ history: { maxEvents: -1 } }, "history.maxEvents"],
    [{ history: { maxAgeMs: Number.NaN } }, "history.maxAgeMs"],
    [{ maxHistoryBytes: -1 }, "maxHistoryBytes"],
    [{ maxTopics: Number.NaN }, "maxTopics"],
  ])("refuses %j", (options, name) => {
    expect(() => new MemoryBackplane(options)).toThrow(RangeError);
    expect(() => new MemoryBackplane(options)).toThrow(name);
  });

  it.each(["none", 500, null])("refuses a history that is %j", (history) => {
    const demand = `history must be an object, or a function that returns one, got ${history}`;
    expect(() => new MemoryBackplane({ history: history as never })).toThrow(new TypeError(demand));
  });

  it("refuses what a function says of a topic's history, at its first event", () => {
    const backplane = new MemoryBackplane({ history: () => "none" as never });
    expect(() => backplane.publish("a", "1")).toThrow(
      new TypeError("history must be an object, or a function that returns one, got none"),
    );
  });
});
