import type { Clock } from "../../session/clock.ts";
import type { FrameTiming } from "./frame-timing.ts";
import { HeldFrames } from "./held-frames.ts";
import type { SharedFrame } from "./shared-frame.ts";

/** Is a connection whose frames wait. */
export interface FrameHolder {
  /** Writes them. Must not throw. */
  flush(): void;
}

/**
 * Lets everything that was sent to a connection in one turn of the event loop leave in one write.
 *
 * `setImmediate` and not `process.nextTick`: it runs once for all that a turn's input and promise jobs
 * sent, where a tick would run in between, and then again.
 */
export class WriteTurn {
  readonly #clock: Clock;
  readonly #flushMs: number;
  #holders: FrameHolder[] = [];
  #patient: FrameHolder[] = [];
  /** Events that were sent since the last flush of events, where latency is measured. */
  #timings: FrameTiming[] = [];
  /** The list of one frame that was begun last. */
  #begun: HeldFrames | null = null;

  /** @param flushMs - For how long events may wait for more; 0: to the turn's end. */
  constructor(clock: Clock, flushMs: number) {
    this.#clock = clock;
    this.#flushMs = flushMs;
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
    if (this.#holders.push(holder) === 1) setImmediate(() => this.#end());
  }

  /** Flushes a connection for which only events wait, when they have waited for long enough. */
  addPatient(holder: FrameHolder): void {
    if (this.#flushMs === 0) this.add(holder);
    else if (this.#patient.push(holder) === 1) {
      this.#clock.setTimer(() => this.#endPatience(), this.#flushMs);
    }
  }

  /** Ends an event's measurement when the connections that wait with events have been flushed. */
  time(timing: FrameTiming): void {
    if (timing.isAwaited) return;
    timing.isAwaited = true;
    this.#timings.push(timing);
  }

  #end(): void {
    const holders = this.#holders;
    this.#holders = [];
    // Whatever comes later begins anew, so that no buffer outlives its turn.
    this.#begun = null;
    for (const holder of holders) holder.flush();
    if (this.#flushMs === 0) this.#endTimings();
  }

  #endPatience(): void {
    const holders = this.#patient;
    this.#patient = [];
    this.#begun = null;
    for (const holder of holders) holder.flush();
    this.#endTimings();
  }

  #endTimings(): void {
    if (this.#timings.length === 0) return;
    const timings = this.#timings;
    this.#timings = [];
    for (const timing of timings) timing.end();
  }
}
