/** Is a socket whose writes of this turn are held together. */
export interface CorkedSocket {
  /** Lets the held writes go. */
  uncork(): void;
}

/**
 * Lets everything that was written in one turn of the event loop leave together.
 *
 * `setImmediate` and not `process.nextTick`: it runs once for all that a turn's input and promise jobs
 * wrote, where a tick would run in between, and then again.
 */
export class WriteTurn {
  #corked: CorkedSocket[] = [];

  /** Uncorks a socket at the end of this turn. */
  add(socket: CorkedSocket): void {
    if (this.#corked.push(socket) === 1) setImmediate(() => this.#end());
  }

  #end(): void {
    const corked = this.#corked;
    this.#corked = [];
    for (const socket of corked) socket.uncork();
  }
}
