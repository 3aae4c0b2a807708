import { describe, expect, it } from "vitest";
import type { FrameTiming } from "../../../src/server/fanout/frame-timing.ts";
import {
  type FrameHolder,
  type Patience,
  WriteTurn,
} from "../../../src/server/fanout/write-turn.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

/** A connection that says when it was flushed. */
class Holder implements FrameHolder {
  readonly flushedAtMs: number[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  flush(): void {
    this.flushedAtMs.push(this.#clock.now());
  }
}

function world(patience: Partial<Patience>): {
  readonly clock: VirtualClock;
  readonly turn: WriteTurn;
  readonly load: { isBusy: boolean };
  readonly holder: () => Holder;
} {
  const clock = new VirtualClock();
  const load = { isBusy: false };
  const turn = new WriteTurn(clock, { flushMs: 0, busyFlushMs: 25, load, ...patience });
  return { clock, turn, load, holder: () => new Holder(clock) };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("WriteTurn", () => {
  it("flushes events at the end of the turn while there is time to spare", async () => {
    const { clock, turn, holder } = world({});
    const one = holder();
    turn.addPatient(one);
    expect(one.flushedAtMs).toEqual([]);
    await endOfTurn();
    expect(one.flushedAtMs).toEqual([clock.now()]);
  });

  it("lets the events of each turn wait as long while the process is busy, and answers not at all", async () => {
    const { clock, turn, load, holder } = world({});
    load.isBusy = true;
    const startMs = clock.now();
    const [first, second, answering] = [holder(), holder(), holder()];
    turn.addPatient(first);
    turn.add(answering);
    await endOfTurn();
    expect(answering.flushedAtMs).toEqual([startMs]);
    await clock.advance(10);
    turn.addPatient(second);
    await endOfTurn();
    await clock.advance(14);
    expect(first.flushedAtMs).toEqual([]);
    await clock.advance(1);
    expect([first.flushedAtMs, second.flushedAtMs]).toEqual([[startMs + 25], []]);
    await clock.advance(10);
    expect(second.flushedAtMs).toEqual([startMs + 35]);
  });

  it("decides once a turn, so that all subscribers of an event are treated alike", async () => {
    const { turn, load, holder } = world({});
    const [first, second] = [holder(), holder()];
    turn.addPatient(first);
    load.isBusy = true;
    turn.addPatient(second);
    await endOfTurn();
    expect([first.flushedAtMs, second.flushedAtMs]).toEqual([[0], [0]]);
  });

  it("waits flushMs where the load is not known", async () => {
    const { clock, turn, holder } = world({ flushMs: 5, load: null });
    const one = holder();
    turn.addPatient(one);
    await endOfTurn();
    expect(one.flushedAtMs).toEqual([]);
    await clock.advance(5);
    expect(one.flushedAtMs).toEqual([5]);
  });

  it("measures an event that waits behind older ones to the flush of the last of them", async () => {
    const { clock, turn, load, holder } = world({});
    load.isBusy = true;
    turn.addPatient(holder());
    await endOfTurn();
    const endedAtMs: number[] = [];
    const timing = { isAwaited: false, end: () => endedAtMs.push(clock.now()) };
    turn.time(timing as unknown as FrameTiming);
    await endOfTurn();
    expect(endedAtMs).toEqual([]);
    await clock.advance(25);
    expect(endedAtMs).toEqual([25]);
  });

  it("leaves no timer behind when everything was flushed", async () => {
    const { clock, turn, load, holder } = world({});
    load.isBusy = true;
    turn.addPatient(holder());
    await endOfTurn();
    await clock.advance(25);
    expect(clock.pendingTimers).toBe(0);
  });
});
