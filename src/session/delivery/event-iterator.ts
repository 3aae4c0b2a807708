/**
 * Hands a subscription's events to one `for await` loop.
 *
 * It holds back the lane, like a handler: an event counts as handled when the loop takes it, and the
 * next one waits in the lane until then. Several lanes may offer one event each.
 */
export class EventIterator<Event> implements AsyncIterableIterator<Event, undefined> {
  readonly #onReturn: () => void;
  #waiters: ((result: IteratorResult<Event, undefined>) => void)[] = [];
  #offered: { readonly event: Event; readonly taken: () => void }[] = [];
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
      // Settled already, and heard of behind the loop's own turn: what follows must not overtake the event.
      return Promise.resolve();
    }
    return new Promise<void>((taken) => {
      this.#offered.push({ event, taken });
    });
  }

  /**
   * Lets go of the events that match, of those that were offered and not taken.
   *
   * @returns How many.
   */
  withdraw(matches: (event: Event) => boolean): number {
    const withdrawn = this.#offered.filter(({ event }) => matches(event));
    this.#offered = this.#offered.filter(({ event }) => !matches(event));
    for (const { taken } of withdrawn) taken();
    return withdrawn.length;
  }

  /**
   * Ends the loop, behind the event that it is handling.
   *
   * @returns How many events were offered and not taken: they are let go.
   */
  end(): number {
    this.#ended = true;
    const letGo = this.withdraw(() => true);
    for (const waiter of this.#waiters) waiter({ done: true, value: undefined });
    this.#waiters = [];
    return letGo;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    this.#asked += 1;
    const offered = this.#offered.shift();
    if (offered !== undefined) {
      const result = Promise.resolve({ done: false as const, value: offered.event });
      // One turn later, so that the loop has the event before anything that follows it is delivered.
      void result.then(offered.taken);
      return result;
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
