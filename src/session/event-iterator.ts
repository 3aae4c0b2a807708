/**
 * Hands a subscription's events to one `for await` loop.
 *
 * It holds back the lane, like a handler: an event counts as handled when the loop takes it, and the
 * next one waits in the lane until then.
 */
export class EventIterator<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #onReturn: () => void;
  #waiters: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  #offered: { readonly event: Event; readonly taken: () => void } | undefined;
  #ended = false;
  #asked = 0;

  /** @param onReturn - Called once, when the loop ends by itself (`break`, `return`, a throw). */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** How often the loop asked for the next event: tells whether it has moved on. */
  get asked(): number {
    return this.#asked;
  }

  /** Whether the loop waits for the next event; if not, its body is running. */
  get waiting(): boolean {
    return this.#waiters.length > 0;
  }

  /** Offers an event; the promise settles when the loop takes it. */
  offer(event: Event): void | Promise<void> {
    if (this.#ended) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter({ done: false, value: event });
      return;
    }
    return new Promise<void>((taken) => {
      this.#offered = { event, taken };
    });
  }

  /**
   * Ends the loop, behind the event that it is handling.
   *
   * @returns Whether an event was offered and not taken: it is let go.
   */
  end(): boolean {
    const letGo = this.#offered !== undefined;
    this.#ended = true;
    this.#offered?.taken();
    this.#offered = undefined;
    for (const waiter of this.#waiters) waiter({ done: true, value: undefined });
    this.#waiters = [];
    return letGo;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    this.#asked += 1;
    const offered = this.#offered;
    if (offered !== undefined) {
      this.#offered = undefined;
      offered.taken();
      return Promise.resolve({ done: false, value: offered.event });
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.end();
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
