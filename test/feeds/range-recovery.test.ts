import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MissingRange, RangeRecovery } from "../../src/feeds/index.ts";

interface Pending {
  readonly range: MissingRange;
  readonly answer: (numbers: readonly number[]) => void;
  readonly fail: (error: Error) => void;
  readonly signal: AbortSignal;
}

function recovering(options: { maxWaitingRanges?: number; maxHeld?: number } = {}) {
  const asked: Pending[] = [];
  const told: unknown[] = [];
  const recovery = new RangeRecovery<number>(
    {
      seq: (number) => ({ last: number }),
      startAfter: 0,
      fetchRange: (range, signal) =>
        new Promise((answer, fail) => {
          asked.push({ range, answer, fail, signal });
        }),
      ...options,
    },
    {
      delivered: (number) => told.push(number),
      lost: (range) => told.push(range),
      failed: ({ code }) => told.push(code),
    },
  );
  return { recovery, asked, told };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("RangeRecovery", () => {
  it("asks for what is missing, and puts it in its place", async () => {
    const { recovery, asked, told } = recovering();
    for (const number of [1, 4, 5]) recovery.push(number);
    expect(asked.map(({ range }) => range)).toEqual([{ from: 2, to: 3 }]);
    expect([told, recovery.isRecovering]).toEqual([[1], true]);
    asked[0]?.answer([2, 3]);
    await settle();
    expect([told, recovery.isRecovering, recovery.position]).toEqual([[1, 2, 3, 4, 5], false, 5]);
  });

  it("loses what the answer does not have, and nothing else", async () => {
    const { recovery, asked, told } = recovering();
    for (const number of [1, 5]) recovery.push(number);
    asked[0]?.answer([3]);
    await settle();
    expect(told).toEqual([1, { from: 2, to: 2 }, 3, { from: 4, to: 4 }, 5]);
  });

  it("loses a range that cannot be fetched, says why, and asks for the next", async () => {
    const { recovery, asked, told } = recovering();
    for (const number of [2, 4]) recovery.push(number);
    asked[0]?.fail(new Error("503"));
    await settle();
    expect(told).toEqual(["RANGE_FAILED", { from: 1, to: 1 }, 2]);
    asked[1]?.answer([3]);
    await settle();
    expect(told.slice(3)).toEqual([3, 4]);
  });

  it("loses the oldest where too many ranges wait", async () => {
    const { recovery, told } = recovering({ maxWaitingRanges: 1 });
    for (const number of [2, 4, 6]) recovery.push(number);
    await settle();
    expect(told).toEqual([{ from: 1, to: 1 }, 2, { from: 3, to: 3 }, 4]);
    expect(() => recovering({ maxWaitingRanges: 0 })).toThrow(RangeError);
  });

  it("stops: the answer is not wanted, what is held is delivered, nothing follows", async () => {
    const { recovery, asked, told } = recovering();
    recovery.push(2);
    recovery.stop();
    recovery.stop();
    recovery.push(3);
    asked[0]?.answer([1]);
    await settle();
    expect(asked[0]?.signal.aborted).toBe(true);
    expect(told).toEqual([{ from: 1, to: 1 }, 2]);
  });

  it("delivers nothing of an answer behind a stop", async () => {
    const told: unknown[] = [];
    const recovery: RangeRecovery<number> = new RangeRecovery<number>(
      { seq: (last) => ({ last }), startAfter: 0, fetchRange: async () => [1, 2, 3] },
      {
        delivered: (number) => {
          told.push(number);
          if (number === 1) recovery.stop();
        },
        lost: (range) => told.push(range),
        regressed: (number) => told.push("regressed", number),
      },
    );
    recovery.push(4);
    await settle();
    expect(told).toEqual([1, { from: 2, to: 3 }, 4]);
  });

  it("takes an answer that is no list as one that did not come, and asks for the next range", async () => {
    const { recovery, asked, told } = recovering();
    for (const number of [2, 4]) recovery.push(number);
    asked[0]?.answer(undefined as never);
    await settle();
    expect(told).toEqual(["RANGE_FAILED", { from: 1, to: 1 }, 2]);
    asked[1]?.answer([3]);
    await settle();
    expect([told.slice(3), recovery.isRecovering]).toEqual([[3, 4], false]);
  });

  it("asks for no range that came by itself while it waited", async () => {
    const { recovery, asked, told } = recovering();
    for (const number of [2, 4, 3]) recovery.push(number);
    asked[0]?.answer([1]);
    await settle();
    expect([told, asked.length, recovery.isRecovering]).toEqual([[1, 2, 3, 4], 1, false]);
  });

  it("delivers the exact sequence, whatever was lost, as long as it can be fetched", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (arrives) => {
        const { recovery, asked, told } = recovering();
        arrives.forEach((isThere, index) => {
          if (isThere) recovery.push(index + 1);
        });
        for (let next = 0; next < asked.length; next += 1) {
          const { range, answer } = asked[next] as Pending;
          answer(
            Array.from({ length: range.to - range.from + 1 }, (_, index) => range.from + index),
          );
          await settle();
        }
        expect(told).toEqual(
          Array.from({ length: arrives.lastIndexOf(true) + 1 }, (_, i) => i + 1),
        );
      }),
      { numRuns: 50 },
    );
  });
});
