import type { Duplex } from "node:stream";

/**
 * Makes everything that is written to a socket in one turn of the event loop leave in one write.
 *
 * The socket is corked at the first write of a turn and always uncorked at the turn's end, so that nothing is ever
 * held outside it: what the process has accepted is the socket's to send, even when a Close frame follows.
 */
export class WriteBatch {
  readonly #socket: Duplex;
  #corked = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** To be called before each write. */
  beforeWrite(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    // Runs when the current callback and the promise jobs that it queued are done: later than
    // every message of this turn, earlier than any other socket's.
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };
}
