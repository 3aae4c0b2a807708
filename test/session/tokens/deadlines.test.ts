import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Deadline, Deadlines } from "../../../src/session/tokens/deadlines.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

/** A deadline that writes down when it fell due. */
class Noted implements Deadline {
  dueMs = Infinity;
  done = false;
  readonly #expired: () => void;

  constructor(expired: () => void = () => {}) {
    this.#expired = expired;
  }

  expire(): void {
    this.#expired();
  }
}

describe("Deadlines", () => {
  it("tells each deadline at its time, and not before", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const log: string[] = [];
    for (const ms of [30, 10, 20])
      deadlines.add(new Noted(() => log.push(`${ms} at ${clock.now()}`)), ms);
    await clock.advance(9);
    expect(log).toEqual([]);
    await clock.advance(100);
    expect(log).toEqual(["10 at 10", "20 at 20", "30 at 30"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps them all on one timer", () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    for (let count = 0; count < 100; count += 1) deadlines.add(new Noted(), 10 + (count % 7));
    expect(clock.pendingTimers).toBe(1);
  });

  it("sets no timer for Infinity", () => {
    const clock = new VirtualClock();
    const deadline = new Noted();
    new Deadlines(clock).add(deadline, Infinity);
    expect(deadline.dueMs).toBe(Infinity);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps no more of those that are done than of those that wait, though the first one waits for long", () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    deadlines.add(new Noted(), 60_000);
    for (let count = 0; count < 10_000; count += 1) {
      const deadline = new Noted();
      deadlines.add(deadline, 60_000);
      deadline.done = true;
    }
    expect(deadlines.listed).toBeLessThanOrEqual(1_024);
  });

  it("does not tell one that another cancelled in the same moment", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const log: string[] = [];
    const second = new Noted(() => log.push("second"));
    const first = new Noted(() => {
      log.push("first");
      second.done = true;
    });
    deadlines.add(first, 5);
    deadlines.add(second, 5);
    await clock.advance(10);
    expect(log).toEqual(["first"]);
  });

  it("takes new ones while it tells", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const log: number[] = [];
    const again = (): void => {
      log.push(clock.now());
      if (log.length < 3) deadlines.add(new Noted(again), 5);
    };
    deadlines.add(new Noted(again), 5);
    await clock.advance(50);
    expect(log).toEqual([5, 10, 15]);
  });

  it("lets go of its timer only when no deadline waits for it", () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const [first, second] = [new Noted(), new Noted()];
    deadlines.add(first, 5);
    deadlines.add(second, 9);
    first.done = true;
    deadlines.release();
    expect(clock.pendingTimers).toBe(1);
    second.done = true;
    deadlines.release();
    expect(clock.pendingTimers).toBe(0);
  });

  it("forgets everything when it is cleared, and works on", async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const log: string[] = [];
    deadlines.add(new Noted(() => log.push("before")), 5);
    deadlines.clear();
    expect(clock.pendingTimers).toBe(0);
    deadlines.add(new Noted(() => log.push("after")), 7);
    await clock.advance(10);
    expect(log).toEqual(["after"]);
  });

  it("tells exactly those that are not cancelled, each at its time, in order of time", async () => {
    const plans = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 6 }),
        durationMs: fc.constantFrom(1, 5, 5, 20),
        cancelAfterMs: fc.constantFrom(-1, -1, 0, 4, 20),
      }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(plans, async (list) => {
        const clock = new VirtualClock();
        const deadlines = new Deadlines(clock);
        const told: { index: number; atMs: number }[] = [];
        const expected: { index: number; atMs: number }[] = [];
        for (const [index, { afterMs, durationMs, cancelAfterMs }] of list.entries()) {
          await clock.advance(afterMs);
          const atMs = clock.now() + durationMs;
          const deadline = new Noted(() => told.push({ index, atMs: clock.now() }));
          deadlines.add(deadline, durationMs);
          const cancel = (): void => {
            deadline.done = true;
          };
          if (cancelAfterMs === 0) cancel();
          else if (cancelAfterMs > 0) clock.setTimer(cancel, cancelAfterMs);
          const isCancelled = cancelAfterMs >= 0 && cancelAfterMs < durationMs;
          // Where both fall due in one millisecond, whoever was asked first comes first.
          if (!isCancelled && cancelAfterMs !== durationMs) expected.push({ index, atMs });
        }
        await clock.advance(100);
        const sure = told.filter(({ index }) => {
          const { cancelAfterMs, durationMs } = list[index] as (typeof list)[number];
          return cancelAfterMs !== durationMs;
        });
        const byTime = expected.toSorted((a, b) => a.atMs - b.atMs || a.index - b.index);
        expect(sure.toSorted((a, b) => a.atMs - b.atMs || a.index - b.index)).toEqual(byTime);
        expect(sure.map(({ atMs }) => atMs)).toEqual(byTime.map(({ atMs }) => atMs));
        expect(clock.pendingTimers).toBe(0);
      }),
    );
  });
});
