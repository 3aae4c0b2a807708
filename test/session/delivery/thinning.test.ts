import { describe, expect, it } from "vitest";
import { dropOldest } from "../../../src/session/delivery/drop-oldest.ts";
import { latest } from "../../../src/session/delivery/latest.ts";
import { merge } from "../../../src/session/delivery/merge.ts";
import { sample } from "../../../src/session/delivery/sample.ts";
import type { Delivery } from "../../../src/session/delivery/thinning.ts";
import { type PeerWorld, settled, withPeer } from "../support/world.ts";

/** What a subscription with a slow handler was given: `seq x conflated`, and gaps. */
class SlowReader {
  readonly log: string[] = [];
  readonly data: unknown[] = [];
  readonly subscription;
  readonly #world: PeerWorld;
  #finish: (() => void) | undefined;

  constructor(world: PeerWorld, delivery: Delivery, topic: string, more: object = {}) {
    this.#world = world;
    this.subscription = world.session.subscribe(topic, { delivery, ...more });
    this.subscription.on("event", ({ seq, conflated, data }) => {
      this.log.push(conflated === undefined ? `${seq}` : `${seq}x${conflated}`);
      this.data.push(data);
      return new Promise<void>((resolve) => {
        this.#finish = resolve;
      });
    });
    this.subscription.on("gap", ({ from, to }) => {
      this.log.push(`gap ${from}-${to}`);
    });
  }

  /** Lets the running handler end, so many times. */
  async finish(times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const finish = this.#finish;
      this.#finish = undefined;
      finish?.();
      await this.#world.clock.advance(0);
    }
  }
}

async function read(delivery: Delivery, more: object = {}) {
  const world = await withPeer();
  const reader = new SlowReader(world, delivery, "a", more);
  await world.clock.advance(10);
  return { ...world, reader };
}

describe("latest", () => {
  it("is asked for on the wire, by its key", async () => {
    const { peer } = await read(latest({ key: "symbol" }));
    expect(peer.calls("topic.subscribe").at(-1)?.params).toEqual({
      topics: [{ topic: "a", delivery: { type: "latest", key: "symbol" } }],
    });
  });

  it("lets the newest event stand for those that wait before it", async () => {
    const { peer, clock, reader } = await read(latest());
    for (let seq = 1; seq <= 5; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    expect(reader.subscription.depth).toBe(2);
    await reader.finish(2);
    expect(reader.log).toEqual(["1", "5x4"]);
  });

  it("by key: of each the newest, in the order of their numbers", async () => {
    const { peer, clock, reader } = await read(latest({ key: "k" }));
    const keys = ["a", "a", "b", "c", "a", "b", undefined, undefined];
    for (const [index, k] of keys.entries()) peer.event("a", index + 1, { k });
    await clock.advance(10);
    await reader.finish(8);
    expect(reader.log).toEqual(["1", "4", "5x2", "6x2", "8x2"]);
  });

  it("keeps to its promises over a gap: what waits before it stays before it", async () => {
    const { peer, clock, reader } = await read(latest());
    peer.event("a", 1);
    peer.event("a", 2);
    peer.notify("topic.gap", { topic: "a", from: 3, to: 4 });
    peer.event("a", 5);
    peer.event("a", 6);
    await clock.advance(10);
    await reader.finish(5);
    expect(reader.log).toEqual(["1", "2", "gap 3-4", "6x2"]);
  });

  it("tells a gap where there are more keys than may wait", async () => {
    const { peer, clock, reader } = await read(latest({ key: "k" }), { maxQueuedEvents: 3 });
    for (let seq = 1; seq <= 6; seq += 1) peer.event("a", seq, { k: seq });
    peer.event("a", 7, { k: 2 });
    await clock.advance(10);
    await reader.finish(7);
    expect(reader.log).toEqual(["1", "2", "3", "gap 4-4", "5", "gap 6-7"]);
  });

  it("refuses a key that is none", () => {
    expect(() => latest({ key: "" })).toThrow(RangeError);
    expect(() => latest({ key: "k".repeat(129) })).toThrow(RangeError);
  });
});

describe("dropOldest", () => {
  it("keeps the newest, and the first of them says how many went", async () => {
    const { peer, clock, reader } = await read(dropOldest(2));
    for (let seq = 1; seq <= 7; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    await reader.finish(3);
    expect(reader.log).toEqual(["1", "6x5", "7"]);
    expect(peer.calls("topic.subscribe").at(-1)?.params).toEqual({
      topics: [{ topic: "a", delivery: { type: "drop-oldest", maxEvents: 2 } }],
    });
  });

  it.each([0, 1.5, 1_000_001, Number.NaN])("refuses %s", (maxEvents) => {
    expect(() => dropOldest(maxEvents)).toThrow(RangeError);
  });
});

describe("sample", () => {
  it("gives at most one event in an interval, however quick the handler", async () => {
    const { session, peer, clock } = await withPeer();
    const log: unknown[] = [];
    const startMs = clock.now();
    session.subscribe("a", { delivery: sample(100) }).on("event", ({ seq, conflated }) => {
      log.push([clock.now() - startMs, seq, conflated]);
    });
    await clock.advance(10);
    for (let seq = 1; seq <= 30; seq += 1) {
      peer.event("a", seq);
      await clock.advance(10);
    }
    await clock.advance(1_000);
    expect(log).toEqual([
      [11, 1, undefined],
      [111, 10, 9],
      [211, 20, 10],
      [311, 30, 10],
    ]);
    expect(session.stats().discardedEvents).toBe(0);
  });

  it("delivers what it holds back before the unsubscribe settles", async () => {
    const { session, peer, clock } = await withPeer();
    const log: unknown[] = [];
    const subscription = session.subscribe("a", { delivery: sample(60_000) });
    subscription.on("event", ({ seq, conflated }) => {
      log.push([seq, conflated]);
    });
    await clock.advance(10);
    for (let seq = 1; seq <= 3; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect([log, settled(token)]).toEqual([
      [
        [1, undefined],
        [3, 2],
      ],
      ["acked", "frame"],
    ]);
  });

  it("leaves no timer behind when the session closes", async () => {
    const { session, peer, clock } = await withPeer();
    session.subscribe("a", { delivery: sample(60_000) }).on("event", () => {});
    await clock.advance(10);
    for (let seq = 1; seq <= 3; seq += 1) peer.event("a", seq);
    await clock.advance(10);
    const closing = session.close();
    await clock.advance(100);
    expect([(await closing).clean, clock.pendingTimers]).toEqual([true, 0]);
  });

  it.each([0, -1, 86_400_001, Number.NaN])("refuses %s", (intervalMs) => {
    expect(() => sample(intervalMs)).toThrow(RangeError);
  });
});

describe("merge", () => {
  const add = merge<number>((older, newer) => older + newer);

  it("asks the server for everything, and merges what waits", async () => {
    const { peer, clock, reader } = await read(add);
    for (let seq = 1; seq <= 4; seq += 1) peer.event("a", seq, 10 ** seq);
    await clock.advance(10);
    await reader.finish(2);
    expect([reader.log, reader.data]).toEqual([
      ["1", "4x3"],
      [10, 11_100],
    ]);
    expect(peer.calls("topic.subscribe").at(-1)?.params).toEqual({ topics: [{ topic: "a" }] });
  });

  it("delivers both unmerged where the function throws, and says so", async () => {
    const delivery = merge<number>((older, newer) => {
      if (newer === 3) throw new Error("cannot");
      return older + newer;
    });
    const { peer, clock, reader, errors } = await read(delivery);
    for (let seq = 1; seq <= 4; seq += 1) peer.event("a", seq, seq);
    await clock.advance(10);
    await reader.finish(3);
    expect([reader.log, reader.data]).toEqual([
      ["1", "2", "4x2"],
      [1, 2, 7],
    ]);
    expect(errors).toEqual(["MERGE_FAILED"]);
  });

  it("refuses what is no function", () => {
    expect(() => merge(7 as never)).toThrow(TypeError);
  });
});

describe("a topic that subscriptions want in different ways", () => {
  it("is thinned by the server where all of them want the same", async () => {
    const { session, peer, clock } = await withPeer();
    session.subscribe("a", { delivery: latest() });
    await clock.advance(10);
    const second = session.subscribe("a", { delivery: latest() });
    await clock.advance(10);
    expect([settled(second.token), peer.methods]).toEqual([
      ["acked", "local"],
      ["topic.subscribe"],
    ]);
  });

  it("is subscribed anew, whole, and each thins for itself", async () => {
    const world = await withPeer();
    const { session, peer, clock } = world;
    const slow = new SlowReader(world, latest(), "a");
    await clock.advance(10);
    for (let seq = 1; seq <= 3; seq += 1) peer.publish("a", seq);
    await clock.advance(10);
    const seqs: number[] = [];
    const second = session.subscribe("a");
    second.on("event", ({ seq }) => {
      seqs.push(seq);
    });
    await clock.advance(10);
    expect(settled(second.token)).toEqual(["acked", "frame"]);
    for (let seq = 4; seq <= 6; seq += 1) peer.publish("a", seq);
    await clock.advance(10);
    await slow.finish(3);
    expect([slow.log, seqs]).toEqual([
      ["1", "6x5"],
      [4, 5, 6],
    ]);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe", "topic.subscribe"]);
    expect(peer.calls("topic.subscribe").at(-1)?.params).toEqual({
      topics: [{ topic: "a", since: { epoch: "e", seq: 3 } }],
    });
  });

  it("gives who wants it whole nothing of what was thinned before", async () => {
    const { session, peer, clock } = await withPeer();
    const first = session.subscribe("a", { delivery: latest() });
    const log: unknown[] = [];
    first.on("event", ({ seq, conflated }) => {
      log.push([seq, conflated]);
    });
    await clock.advance(10);
    peer.mute("topic.unsubscribe", "topic.subscribe");
    const second = session.subscribe("a");
    const seqs: number[] = [];
    second.on("event", ({ seq }) => {
      seqs.push(seq);
    });
    await clock.advance(10);
    peer.event("a", 2, "x", { conflated: 2 });
    peer.answer(await peer.heardCall("topic.unsubscribe"), {
      topics: [{ topic: "a", lastSeq: 2 }],
    });
    peer.answer(await peer.heardCall("topic.subscribe", 2), {
      topics: [{ topic: "a", epoch: "e", seq: 0, recovered: true }],
    });
    for (const seq of [1, 2, 3]) peer.event("a", seq);
    await clock.advance(10);
    expect([log, seqs]).toEqual([
      [
        [2, 2],
        [3, undefined],
      ],
      [3],
    ]);
    expect((await second.token).positions["a"]?.seq).toBe(2);
  });

  it("loses nothing of what arrives between the old policy's end and the new one's beginning", async () => {
    const { session, peer, clock } = await withPeer();
    const seqs: number[] = [];
    const log = ({ seq }: { seq: number }): void => {
      seqs.push(seq);
    };
    const gaps: unknown[] = [];
    const first = session.subscribe("a", { delivery: latest() });
    first.on("event", log);
    first.on("gap", (gap) => {
      gaps.push(gap);
    });
    await clock.advance(10);
    peer.publish("a", 1);
    await clock.advance(10);
    peer.mute("topic.unsubscribe", "topic.subscribe");
    session.subscribe("a");
    await clock.advance(10);
    // Written before the unsubscribe was read.
    peer.publish("a", 2);
    peer.publish("a", 3);
    const unsubscribe = await peer.heardCall("topic.unsubscribe");
    peer.answer(unsubscribe, { topics: [{ topic: "a", lastSeq: 3 }] });
    const subscribe = await peer.heardCall("topic.subscribe", 2);
    const answer = { topic: "a", epoch: "e", seq: 1, recovered: true };
    peer.answer(subscribe, { topics: [answer] });
    for (const seq of [2, 3, 4]) peer.event("a", seq);
    await clock.advance(10);
    expect([seqs, gaps, session.stats().duplicateEvents]).toEqual([[1, 2, 3, 4], [], 2]);
  });
});
