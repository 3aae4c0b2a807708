import { Guard, type Limits } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { Completable, Ending, Startable } from "../session-events.ts";
import type { PendingToken } from "../tokens/completion-token.ts";
import { timeoutError } from "../tokens/ending-error.ts";
import type { SessionError } from "../tokens/errors.ts";

/** What a connect works on. */
export interface ConnectParts {
  readonly kernel: Kernel;
  /** Opens a connection, unless there is one. */
  connect(): void;
  /** Whether an attempt is under way: the peer may have heard of it. */
  readonly attempting: boolean;
  /** No longer wanted: stops trying. */
  giveUp(error: SessionError): void;
}

/** One `connect()` of the application, until a connection is open. */
export class ConnectRequest implements Startable, Completable {
  readonly token: PendingToken<void>;
  readonly subject: readonly string[] = [];
  readonly #parts: ConnectParts;
  readonly #limits: Limits;

  constructor(parts: ConnectParts, token: PendingToken<void>, limits: Limits) {
    this.#parts = parts;
    this.token = token;
    this.#limits = limits;
  }

  get tokenId(): number {
    return this.token.id;
  }

  start(): void {
    if (!this.token.pending) return;
    this.token.guard = new Guard(this.#parts.kernel, "connect_complete", this, this.#limits);
    if (this.#limits.signal?.aborted !== true) this.#parts.connect();
  }

  complete(ending: Ending): void {
    if (this.token.pending)
      this.#parts.giveUp(timeoutError(ending.by, "the connection", this.#parts.attempting));
  }
}
