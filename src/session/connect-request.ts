import type { PendingToken } from "./completion-token.ts";
import type { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { TokenGuard, type TokenLimits, timeoutError } from "./operation.ts";
import type { Completable, Ending, Startable } from "./session-events.ts";

/** What a connect works on. */
export interface ConnectParts {
  readonly kernel: Kernel;
  /** Opens a connection, unless there is one. */
  readonly connect: () => void;
  /** Whether an attempt is under way: the peer may have heard of it. */
  readonly attempting: () => boolean;
  /** No longer wanted: stops trying. */
  readonly giveUp: (error: SessionError) => void;
}

/** One `connect()` of the application, until a connection is open. */
export class ConnectRequest implements Startable, Completable {
  readonly token: PendingToken<void>;
  readonly subject: readonly string[] = [];
  readonly #parts: ConnectParts;
  readonly #limits: TokenLimits;
  #guard: TokenGuard | undefined;

  constructor(parts: ConnectParts, token: PendingToken<void>, limits: TokenLimits) {
    this.#parts = parts;
    this.token = token;
    this.#limits = limits;
  }

  get tokenId(): number {
    return this.token.id;
  }

  start(): void {
    if (!this.token.pending) return;
    this.#guard = new TokenGuard(this.#parts.kernel, this, "connect_complete", this.#limits);
    if (this.#limits.signal?.aborted !== true) this.#parts.connect();
  }

  complete(ending: Ending): void {
    if (!this.token.pending) return;
    const by = ending.by === "abort" ? "abort" : "deadline";
    this.#parts.giveUp(timeoutError(by, "the connection", this.#parts.attempting()));
  }

  /** The connection is open. */
  opened(): void {
    this.#guard?.release();
    this.token.ack(undefined, "frame", this.#parts.kernel.clock.now());
  }

  /** There will be none. */
  fail(error: SessionError): void {
    this.#guard?.release();
    this.#parts.kernel.settleFailed(this.token, error);
  }
}
