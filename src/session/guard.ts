import type { Kernel } from "./kernel.ts";
import type { Completable, CompletionEventType } from "./session-events.ts";
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
    if (signal?.aborted === true) this.handleEvent();
    else signal?.addEventListener("abort", this, { once: true });
  }

  /** The deadline passed. */
  expire(): void {
    this.#end("deadline");
  }

  /** The signal aborted. */
  handleEvent(): void {
    this.#end("abort");
  }

  /** Stops watching. */
  release(): void {
    this.done = true;
    this.#target = undefined;
    this.#signal?.removeEventListener("abort", this);
  }

  #end(by: "deadline" | "abort"): void {
    const target = this.#target;
    if (target !== undefined) this.#kernel.queue.post(this.#event, { target, ending: { by } });
  }
}
