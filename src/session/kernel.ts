import type { ProtocolCodec } from "../protocol/protocol.ts";
import type { Clock, Random } from "./clock.ts";
import type { Greeting } from "./connection/greeting.ts";
import type { Counters } from "./counters.ts";
import type { Backlog } from "./delivery/backlog.ts";
import type { SessionQueue } from "./queue/session-queue.ts";
import type { RequestEventType } from "./session-events.ts";
import type { ResolvedOptions } from "./session-options.ts";
import type { SessionMachine } from "./states/session-machine.ts";
import type { PendingToken, RequestType } from "./tokens/completion-token.ts";
import type { Deadlines } from "./tokens/deadlines.ts";
import type { SessionError } from "./tokens/errors.ts";

/** What the parts of one session share. */
export interface Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: ResolvedOptions;
  readonly machine: SessionMachine;
  readonly queue: SessionQueue;
  readonly deadlines: Deadlines;
  readonly counters: Counters;
  readonly backlog: Backlog;
  /** What the peer of this connection, or of the last one, said of itself. */
  readonly greeting: Greeting;
  /** Makes the token of a new request. */
  createToken<T>(type: RequestType): PendingToken<T>;
  /**
   * Settles a token as failed, superseded or unknown, and tells the application. Does nothing but let a close go on
   * where the token has settled already.
   */
  settleFailed<T>(token: PendingToken<T>, error: SessionError): void;
  /** Tells the application about an error that no token can tell. */
  report(error: SessionError): void;
  /** Posts an event that carries out a request of the session's own, or one whose token is made already. */
  run(
    type: RequestEventType,
    start: () => void,
    subject?: readonly string[],
    tokenId?: number,
  ): void;
  /** Brings the session to `error`: everything that waits fails. */
  fail(cause: SessionError): void;
  /** Something ended that a close may be waiting for. */
  advanceClose(): void;
}

/** The open connection, as operations need it. */
export interface Wire {
  readonly codec: ProtocolCodec;
  send(text: string): void;
}
