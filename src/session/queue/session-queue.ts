import type { SessionEventType, SessionQueueEvents } from "../session-events.ts";
import { Fifo } from "./fifo.ts";

/** Bound on a session's own queue: more messages than one frame can sensibly hold. */
const MAX_DEPTH = 1_000_000;

type Handle = <Type extends SessionEventType>(
  type: Type,
  payload: SessionQueueEvents[Type],
) => void;

/**
 * Handles the session's events one at a time, strictly first in, first out. What `EventQueue` adds to that, a
 * session has no use for: its one handler is synchronous, and nothing overtakes.
 */
export class SessionQueue {
  readonly #handle: Handle;
  readonly #waiting = new Fifo<readonly [SessionEventType, never]>();
  #busy = false;

  /** @param handle - Handles one event. Must not throw. */
  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** How many events wait. The one being handled does not count. */
  get depth(): number {
    return this.#waiting.size;
  }

  /**
   * Posts an event: handled when this returns, unless another one is being handled.
   *
   * @throws RangeError at the limit; the queue is as it was.
   */
  post<Type extends SessionEventType>(type: Type, payload: SessionQueueEvents[Type]): void {
    if (this.#busy) {
      if (this.depth >= MAX_DEPTH)
        throw new RangeError(`${MAX_DEPTH} events wait: ${type} is one too many`);
      this.#waiting.push([type, payload as never]);
      return;
    }
    this.#busy = true;
    this.#handle(type, payload);
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#handle(...next);
    this.#busy = false;
  }
}
