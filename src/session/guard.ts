import type { Kernel } from "./kernel.ts";
import type { Completable, CompletionEventType } from "./session-events.ts";
import { type SignalWatch, watchOf } from "./signal-watch.ts";
import type { Deadline } from "./tokens/deadlines.ts";

/** When something requested ends although nothing came. */
export interface Limits {
  /** Milliseconds from now; `Infinity` for never. */
  readonly deadlineMs: number;
  /** Ends it when it aborts, or has. */
  readonly signal?: AbortSignal | undefined;
}

/** Watches the deadline and the signal of something requested, until it is released. What happens joins the queue. */
export class Guard implements Deadline {
  dueMs: number = Infinity;
  done = false;
  readonly #kernel: Kernel;
  readonly #event: CompletionEventType;
  readonly #signal: AbortSignal | undefined;
  #watch: SignalWatch | undefined;
  // Let go on release: a request that has settled is not kept alive by a deadline that is still listed.
  #target: Completable | undefined;

  /**
   * @param event - The event that brings the end.
   * @param target - Gets it.
   */
  constructor(kernel: Kernel, event: CompletionEventType, target: Completable, limits: Limits) {
    const { deadlineMs, signal } = limits;
    this.#kernel = kernel;
    this.#event = event;
    this.#signal = signal;
    this.#target = target;
    kernel.deadlines.add(this, deadlineMs);
    if (signal?.aborted === true) this.abort();
    else if (signal !== undefined) {
      this.#watch = watchOf(signal).add(this);
      // Heard once, however often it is added.
      signal.addEventListener("abort", this.#watch);
    }
  }

  /** The deadline passed. */
  expire(): void {
    this.#end("deadline");
  }

  /** The signal aborted. */
  abort(): void {
    this.#end("abort");
  }

  /** Stops watching. */
  release(): void {
    this.done = true;
    this.#target = undefined;
    if (this.#watch?.delete(this) === true && this.#watch.size === 0)
      this.#signal?.removeEventListener("abort", this.#watch);
  }

  #end(by: "deadline" | "abort"): void {
    const target = this.#target;
    if (target !== undefined) this.#kernel.queue.post(this.#event, { target, ending: { by } });
  }
}
