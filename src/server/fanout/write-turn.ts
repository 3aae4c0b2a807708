import type { Clock } from "../../session/clock.ts";
import type { FrameTiming } from "./frame-timing.ts";
import { HeldFrames } from "./held-frames.ts";
import type { SharedFrame } from "./shared-frame.ts";

/** Is a connection whose frames wait. */
export interface FrameHolder {
  /** Writes them. Must not throw. */
  flush(): void;
}

/** For how long events may wait for more, in milliseconds; 0: to the turn's end. */
export interface Patience {
  /** As a rule. */
  readonly flushMs: number;
  /** While `load` says that the process is busy; not below `flushMs`. */
  readonly busyFlushMs: number;
  /** Says whether it is; null: it never is. */
  readonly load: { readonly isBusy: boolean } | null;
}

/**
 * Lets everything that was sent to a connection in one turn of the event loop leave in one write.
 *
 * `setImmediate` and not `process.nextTick`: it runs once for all that a turn's input and promise jobs
 * sent, where a tick would run in between, and then again.
 */
export class WriteTurn {
  readonly #clock: Clock;
  readonly #patience: Patience;
  /** Who is flushed at the end of this turn, and the events whose measurement ends there. */
  #due: Batch = new Batch();
  /** Whose events wait longer: of this turn, and of the last turn that had such, until it is flushed. */
  #patient: Batch | null = null;
  #lastPatient: Batch | null = null;
  /** Whether the events of this turn do not wait; undecided before the first. */
  #isImpatient: boolean | null = null;
  #isBegun = false;
  /** The list of one frame that was begun last. */
  #begun: HeldFrames | null = null;

  constructor(clock: Clock, patience: Patience) {
    this.#clock = clock;
    this.#patience = patience;
  }

  /** Begins a list of frames, the same one for all connections that begin with the same frame. */
  begin(frame: SharedFrame): HeldFrames {
    if (this.#begun === null || !this.#begun.isOnly(frame)) {
      this.#begun = new HeldFrames(null, frame);
    }
    return this.#begun;
  }

  /** Flushes a connection at the end of this turn. */
  add(holder: FrameHolder): void {
    this.#due.holders.push(holder);
    this.#beginTurn();
  }

  /** Flushes a connection for which only events wait, when they have waited for long enough. */
  addPatient(holder: FrameHolder): void {
    this.#isImpatient ??= !this.#waitLonger();
    if (this.#isImpatient) this.add(holder);
    else this.#patient?.holders.push(holder);
  }

  /** Ends an event's measurement when the connections that wait with it have been flushed. */
  time(timing: FrameTiming): void {
    if (timing.isAwaited) return;
    timing.isAwaited = true;
    // Undecided means that it waits behind older events everywhere, at the longest with the last of them.
    const patient = this.#isImpatient === null ? this.#lastPatient : this.#patient;
    if (patient === null) this.#beginTurn();
    (patient ?? this.#due).timings.push(timing);
  }

  /** Lets what this turn's events begin wait, each turn's for as long, where it is to wait at all. */
  #waitLonger(): boolean {
    const { flushMs, busyFlushMs, load } = this.#patience;
    const waitMs = load?.isBusy ? busyFlushMs : flushMs;
    if (waitMs === 0) return false;
    const batch = new Batch();
    this.#patient = batch;
    this.#lastPatient = batch;
    this.#clock.setTimer(() => {
      this.#begun = null;
      if (this.#lastPatient === batch) this.#lastPatient = null;
      batch.flush();
    }, waitMs);
    this.#beginTurn();
    return true;
  }

  #beginTurn(): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    const due = this.#due;
    this.#due = new Batch();
    this.#patient = null;
    this.#isImpatient = null;
    this.#isBegun = false;
    // Whatever comes later begins anew, so that no buffer outlives its turn.
    this.#begun = null;
    due.flush();
  }
}

/** Connections that are flushed together, and the events whose measurement ends then. */
class Batch {
  readonly holders: FrameHolder[] = [];
  readonly timings: FrameTiming[] = [];

  flush(): void {
    for (const holder of this.holders) holder.flush();
    for (const timing of this.timings) timing.end();
  }
}
