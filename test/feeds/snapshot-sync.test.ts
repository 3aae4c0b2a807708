import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FeedSnapshot, SnapshotSync } from "../../src/feeds/index.ts";

/** The feed of a list that only grows: change n appends n; the state after n is [1 … n]. */
function following(options: { maxAttempts?: number; maxKept?: number } = {}) {
  const asked: {
    readonly answer: (snapshot: FeedSnapshot<readonly number[]>) => void;
    readonly fail: (error: Error) => void;
    readonly signal: AbortSignal;
  }[] = [];
  const told: unknown[] = [];
  let state: number[] | undefined;
  const sync = new SnapshotSync<number, readonly number[]>(
    {
      seq: (number) => (number < 0 ? undefined : { last: number }),
      fetchSnapshot: (signal) =>
        new Promise((answer, fail) => {
          asked.push({ answer, fail, signal });
        }),
      ...options,
    },
    {
      synced: (value) => {
        state = [...value];
        told.push("synced");
      },
      changed: (number) => {
        if (number >= 0) state?.push(number);
      },
      stale: (reason) => {
        state = undefined;
        told.push(reason.type);
      },
      failed: ({ code }) => told.push(code),
    },
  );
  const answer = async (last: number): Promise<void> => {
    asked.at(-1)?.answer({ last, value: upTo(last) });
    await settle();
  };
  return { sync, asked, told, answer, state: () => state };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("SnapshotSync", () => {
  it("keeps changes while the snapshot is fetched, and applies those that are not in it", async () => {
    const { sync, answer, state, told } = following();
    sync.sync();
    for (const number of [3, 4, 5, 6]) sync.push(number);
    expect([sync.kept, state()]).toEqual([4, undefined]);
    await answer(4);
    expect([state(), sync.isLive, sync.kept]).toEqual([upTo(6), true, 0]);
    sync.push(7);
    expect(state()).toEqual(upTo(7));
    expect(told).toEqual(["unsynced", "synced"]);
  });

  it("fetches another snapshot where the first is older than the changes", async () => {
    const { sync, answer, state, asked } = following();
    sync.sync();
    sync.push(9);
    await answer(5);
    expect([asked.length, state()]).toEqual([2, undefined]);
    await answer(8);
    expect(state()).toEqual(upTo(9));
  });

  it("is stale from a gap to the next snapshot, and keeps what shows the gap", async () => {
    const { sync, answer, state, told } = following();
    sync.sync();
    await answer(2);
    sync.push(5);
    sync.push(6);
    expect([state(), sync.isLive, told]).toEqual([undefined, false, ["unsynced", "synced", "gap"]]);
    await answer(5);
    expect(state()).toEqual(upTo(6));
  });

  it("begins anew with a feed that counts anew", async () => {
    const { sync, answer, state, told } = following();
    sync.sync();
    await answer(50);
    sync.push(1);
    expect(told.at(-1)).toBe("regression");
    sync.push(2);
    await answer(1);
    expect(state()).toEqual([1, 2]);
  });

  it("is stale at numbers that cannot be, and does not keep them", async () => {
    const { sync, answer, state, told } = following();
    sync.sync();
    await answer(1);
    sync.push(1.5);
    expect([told.at(-1), sync.kept]).toEqual(["regression", 0]);
    await answer(2);
    expect(state()).toEqual([1, 2]);
  });

  it("gives up after the attempts allowed, and tries again when told", async () => {
    const { sync, asked, told, answer, state } = following({ maxAttempts: 2 });
    sync.sync();
    sync.sync();
    for (const attempt of [0, 1]) {
      asked[attempt]?.fail(new Error("503"));
      await settle();
    }
    expect([asked.length, told]).toEqual([2, ["unsynced", "SNAPSHOT_FAILED"]]);
    sync.sync();
    await answer(3);
    expect(state()).toEqual(upTo(3));
  });

  it("keeps no more changes than allowed, and never shows the hole that this makes", async () => {
    const { sync, answer, state } = following({ maxKept: 2 });
    sync.sync();
    for (const number of [1, 2, 3, 4]) sync.push(number);
    expect(sync.kept).toBe(2);
    await answer(1);
    expect(state()).toBeUndefined();
    await answer(2);
    expect(state()).toEqual(upTo(4));
    expect(() => following({ maxKept: 0 })).toThrow(RangeError);
  });

  it("is stale when interrupted, ignores the answer under way, and syncs anew", async () => {
    const { sync, asked, answer, state, told } = following();
    sync.sync();
    const first = asked[0];
    sync.interrupt();
    first?.answer({ last: 1, value: [1] });
    await settle();
    expect([first?.signal.aborted, state()]).toEqual([true, undefined]);
    sync.sync();
    await answer(3);
    sync.interrupt();
    expect([state(), told.at(-1)]).toEqual([undefined, "interrupted"]);
    const failing = following();
    failing.sync.sync();
    failing.sync.interrupt();
    failing.asked[0]?.fail(new Error("aborted"));
    await settle();
    expect(failing.told).toEqual(["unsynced"]);
  });

  it("drops the changes of a slow feed that a snapshot has, though they come later than it", async () => {
    const { sync, answer, state, told, asked } = following();
    sync.sync();
    for (const number of [13, 14, 15]) sync.push(number);
    await answer(20);
    for (const number of [16, 17, 17, -1, 18, 19, 20]) sync.push(number);
    expect([state(), sync.isLive]).toEqual([upTo(20), true]);
    for (const number of [21, 22]) sync.push(number);
    expect([state(), told, asked.length]).toEqual([upTo(22), ["unsynced", "synced"], 1]);
  });

  it("is stale where a slow feed goes back before it has reached the snapshot", async () => {
    const { sync, answer, state, told } = following();
    sync.sync();
    sync.push(15);
    await answer(20);
    sync.push(16);
    sync.push(1);
    expect([state(), told.at(-1)]).toEqual([undefined, "regression"]);
    // A snapshot of the count before, as a cache has it: what follows in the new count shows that.
    await answer(30);
    sync.push(2);
    expect([state(), told.at(-1)]).toEqual([undefined, "regression"]);
    await answer(2);
    sync.push(3);
    expect(state()).toEqual(upTo(3));
  });

  it("begins anew with a feed that counts anew while the snapshot is fetched", async () => {
    const { sync, answer, state, asked } = following({ maxAttempts: 1 });
    sync.sync();
    for (const number of [100, 101, 101, 100, 1, 2]) sync.push(number);
    expect(sync.kept).toBe(2);
    await answer(1);
    sync.push(3);
    expect([state(), asked.length]).toEqual([upTo(3), 1]);
  });

  it("is not whole by a snapshot whose number cannot be", async () => {
    for (const last of ["20", Number.NaN, -1, undefined] as never[]) {
      const { sync, told, asked, state } = following({ maxAttempts: 2 });
      sync.sync();
      for (const number of [19, 20, 21]) sync.push(number);
      for (const attempt of [0, 1]) {
        asked[attempt]?.answer({ last, value: upTo(20) });
        await settle();
      }
      sync.push(22);
      expect([told, sync.isLive, sync.kept]).toEqual([["unsynced", "SNAPSHOT_FAILED"], false, 4]);
      sync.sync();
      asked[2]?.answer({ last: 20, value: upTo(20) });
      await settle();
      expect(state()).toEqual(upTo(22));
    }
  });

  it("passes what has no number", async () => {
    const { sync, answer, state } = following();
    sync.sync();
    sync.push(-1);
    await answer(1);
    sync.push(-1);
    sync.push(2);
    expect(state()).toEqual([1, 2]);
  });

  it("shows only states that the feed really had, whatever is lost, doubled or swapped", async () => {
    const arrival = fc.record({ step: fc.integer({ min: -2, max: 3 }), fetches: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), async (arrivals) => {
        const { sync, asked, state } = following({ maxKept: 10, maxAttempts: 1_000 });
        let number = 1;
        let answered = 0;
        sync.sync();
        for (const { step, fetches } of arrivals) {
          number = Math.max(1, number + step);
          sync.push(number);
          while (fetches && answered < asked.length) {
            asked[answered]?.answer({ last: number, value: upTo(number) });
            answered += 1;
            await settle();
          }
          const shown = state();
          if (shown !== undefined) expect(shown).toEqual(upTo(shown.length));
        }
        sync.interrupt();
      }),
      { numRuns: 50 },
    );
  });
});
