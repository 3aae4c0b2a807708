import type { Clock, TimerHandle } from "../session/clock.ts";

/** One frame on its way. */
export interface Frame {
  readonly type: "data" | "close" | "ping" | "pong" | "upgrade" | "opened" | "end";
  /** Text or bytes of a `data` frame; the reason of a `close`; the subprotocol of `opened`. */
  readonly data: string | Uint8Array;
  /** Close code; 0 for other frames. */
  readonly code: number;
}

/**
 * What becomes of a frame:
 *
 * - `deliver`: what becomes of it without a rule
 * - `drop`: nothing
 * - `duplicate`: it arrives twice
 * - `swap`: the next frame overtakes it (without a next one it never arrives)
 * - `{ delayMs }`: it comes so much later, and whatever is behind it may overtake it
 */
export type FrameFate =
  | "deliver"
  | "drop"
  | "duplicate"
  | "swap"
  | {
      /** Milliseconds on top of the latency. */
      readonly delayMs: number;
    };

interface QueuedFrame {
  readonly frame: Frame;
  readonly dueMs: number;
}

/**
 * Carries frames one way, in order, each after the latency. One timer, and constant work a frame.
 */
export class MemoryPipe {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #deliver: (frame: Frame) => void;
  #queue: QueuedFrame[] = [];
  #head = 0;
  #queuedBytes = 0;
  #swapped: Frame | null = null;
  #timer: TimerHandle | null = null;
  #delayed = new Set<TimerHandle>();
  #isHeld = false;
  #isCut = false;
  #onFlow: (() => void) | null = null;

  /** @param deliver - Takes a frame at the other end. */
  constructor(clock: Clock, latencyMs: number, deliver: (frame: Frame) => void) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#deliver = deliver;
  }

  /** Bytes that wait because the other end does not read. What is merely on its way does not count. */
  get stalledBytes(): number {
    return this.#isHeld ? this.#queuedBytes : 0;
  }

  /** How many frames have not arrived. */
  get pending(): number {
    return this.#queue.length - this.#head + this.#delayed.size + (this.#swapped === null ? 0 : 1);
  }

  /** Sends a frame on its way. After a cut it is lost. */
  push(frame: Frame, fate: FrameFate = "deliver"): void {
    if (this.#isCut || fate === "drop") return;
    if (typeof fate === "object") {
      this.#delay(frame, fate.delayMs);
      return;
    }
    if (fate === "swap" && this.#swapped === null) {
      this.#swapped = frame;
      return;
    }
    this.#enqueue(frame);
    if (fate === "duplicate") this.#enqueue(frame);
    const overtaken = this.#swapped;
    if (overtaken === null) return;
    this.#swapped = null;
    this.#enqueue(overtaken);
  }

  /** Stops to deliver; frames pile up in order. */
  hold(): void {
    this.#isHeld = true;
    this.#clearTimer();
  }

  /** Delivers on after `hold`. */
  release(): void {
    this.#isHeld = false;
    this.#schedule();
    const onFlow = this.#onFlow;
    this.#onFlow = null;
    // Later: whoever lets it flow is not to be called back from within.
    if (onFlow !== null) this.#clock.setTimer(onFlow, 0);
  }

  /** Calls once, later, when the other end reads: at once where it does. */
  awaitFlow(callback: () => void): void {
    if (this.#isHeld) this.#onFlow = callback;
    else this.#clock.setTimer(callback, 0);
  }

  /** Loses everything that is on its way, and everything that is sent later. */
  cut(): void {
    this.#isCut = true;
    this.#queue = [];
    this.#head = 0;
    // What the other end did not read stays unread.
    if (!this.#isHeld) this.#queuedBytes = 0;
    this.#swapped = null;
    this.#clearTimer();
    for (const handle of this.#delayed) this.#clock.clearTimer(handle);
    this.#delayed.clear();
  }

  #delay(frame: Frame, delayMs: number): void {
    const handle = this.#clock.setTimer(() => {
      this.#delayed.delete(handle);
      if (!this.#isHeld) this.#deliver(frame);
      else this.#enqueue(frame);
    }, this.#latencyMs + delayMs);
    this.#delayed.add(handle);
  }

  #enqueue(frame: Frame): void {
    this.#queue.push({ frame, dueMs: this.#clock.now() + this.#latencyMs });
    this.#queuedBytes += frame.data.length;
    this.#schedule();
  }

  #schedule(): void {
    const next = this.#queue[this.#head];
    if (next === undefined || this.#isHeld || this.#timer !== null) return;
    const delayMs = Math.max(0, next.dueMs - this.#clock.now());
    this.#timer = this.#clock.setTimer(() => this.#arrive(), delayMs);
  }

  #arrive(): void {
    this.#timer = null;
    const next = this.#queue[this.#head];
    if (next === undefined) return;
    this.#head += 1;
    this.#queuedBytes -= next.frame.data.length;
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
    // First, so that the order holds whatever the other end does with it.
    this.#schedule();
    this.#deliver(next.frame);
  }

  #clearTimer(): void {
    if (this.#timer === null) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = null;
  }
}
