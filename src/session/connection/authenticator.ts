import type { AuthenticateResult } from "../../protocol/json-rpc/messages.ts";
import type { PeerError, ProtocolCodec } from "../../protocol/protocol.ts";
import type { TimerHandle } from "../clock.ts";
import { Guard, type Limits } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import { Operation, type OperationEnding } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import type { Completable, Ending } from "../session-events.ts";
import type { CredentialsSource } from "../session-options.ts";
import type { PendingToken } from "../tokens/completion-token.ts";
import { proofOf, refusalError, timeoutError } from "../tokens/ending-error.ts";
import { SessionError } from "../tokens/errors.ts";

/** What an authentication resolves to. */
export interface AuthenticationReceipt {
  /** The principal's user id. */
  readonly userId: string;
  /** Milliseconds until the credentials expire, or null for never. */
  readonly expiresInMs: number | null;
}

/** What the authenticator tells its session. */
export interface AuthenticatorListener {
  /** The first authentication of this connection begins. */
  authenticating(): void;
  /** The peer accepted the credentials; `first` on this connection, or a refresh. */
  authenticated(first: boolean): void;
  /** The peer refused the first credentials of this connection. */
  authenticationRefused(error: SessionError): void;
  /** There is no way on without credentials: drop the connection and try anew. */
  authenticationAbandoned(error: SessionError): void;
}

/** A refresh that failed is tried again after this share of what is left of the credentials' life. */
const RETRY_SHARE = 0.5;
const MIN_RETRY_MS = 1_000;
/** What errors tell about. */
const WHAT = "the authentication";
const LARGEST_TIMER_MS = 2_147_483_647;

/** Presents credentials on every connection, and fresh ones ahead of their expiry. */
export class Authenticator implements Completable {
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #listener: AuthenticatorListener;
  readonly #configured: CredentialsSource | undefined;
  #source: CredentialsSource | undefined;
  #token: PendingToken<AuthenticationReceipt> | undefined;
  #phase: "none" | "first" | "done" = "none";
  #attempt: AuthenticateOperation | undefined;
  #refreshTimer: TimerHandle | undefined;
  #resting: "no" | "refreshes" | "all" = "no";
  #expiresAtMs = Infinity;

  constructor(
    kernel: Kernel,
    operations: Operations,
    source: CredentialsSource | undefined,
    listener: AuthenticatorListener,
  ) {
    this.#kernel = kernel;
    this.#operations = operations;
    this.#configured = source;
    this.#source = source;
    this.#listener = listener;
  }

  get tokenId(): number {
    return this.#token?.id ?? 0;
  }

  get subject(): readonly string[] {
    return [];
  }

  /** Whether there is something to authenticate with. */
  get hasCredentials(): boolean {
    return this.#source !== undefined;
  }

  /** Whether the peer has accepted credentials on this connection. */
  get authenticated(): boolean {
    return this.#phase === "done";
  }

  /** Whether the first credentials of this connection are unanswered. */
  get authenticating(): boolean {
    return this.#phase === "first";
  }

  /** Takes credentials from the application: presented now where a connection is open. */
  request(
    source: CredentialsSource | undefined,
    token: PendingToken<AuthenticationReceipt>,
    limits: Limits,
  ): void {
    if (this.#token?.pending === true) {
      const text = "newer credentials were given before these were sent";
      this.#settleFailed(
        this.#attempt?.written === true
          ? timeoutError("abort", WHAT, true)
          : new SessionError("SUPERSEDED", text),
      );
    }
    if (source !== undefined) this.#source = source;
    this.#token = token;
    token.guard = new Guard(this.#kernel, "auth_complete", this, limits);
  }

  /** Presents the credentials on the connection that is open. */
  begin(): void {
    const source = this.#source;
    if (source === undefined || !this.#mayPresent) return;
    if (this.#phase === "none") {
      this.#phase = "first";
      this.#listener.authenticating();
    }
    const attempt: AuthenticateOperation = new AuthenticateOperation(
      (ending) => this.#ended(attempt, ending),
      // The session's own refresh must not hold up a close; what waits for first credentials holds it up by itself.
      (): boolean => attempt === this.#attempt && this.#token?.pending === true,
    );
    this.#attempt = attempt;
    if (typeof source === "string") {
      this.#present(attempt, source);
      return;
    }
    // The application's own code; the session does not wait for it, but hears of it by an event.
    new Promise<string>((resolve) => resolve(source())).then(
      (text) =>
        this.#kernel.run("auth_request", () => this.#present(attempt, text), [], this.tokenId),
      (error: unknown) =>
        this.#kernel.queue.post("auth_complete", {
          target: attempt,
          ending: { by: "credentials", error },
        }),
    );
  }

  /**
   * Presents nothing more on this connection, which drains: a bye must be the last word.
   *
   * @param what - `all`, or `refreshes` alone: the drain waits for the first credentials.
   */
  rest(what: "refreshes" | "all"): void {
    this.#resting = what;
    this.#clearRefresh();
  }

  /** The link was lost: the credentials are presented again on the next connection. */
  linkLost(): void {
    this.#phase = "none";
    this.#resting = "no";
    this.#attempt = undefined;
    this.#clearRefresh();
  }

  /** Nothing will be presented any more. */
  end(why: () => SessionError): void {
    this.linkLost();
    if (this.#token?.pending === true) this.#settleFailed(why());
  }

  /** The deadline of the application's token passed, or it was aborted. */
  complete(ending: Ending): void {
    if (this.#token?.pending !== true) return;
    const error = timeoutError(ending.by, WHAT, this.#attempt?.written === true);
    this.#settleFailed(error);
    // No longer wanted; and where the connection waits for it, there is no way on.
    this.#source = this.#configured;
    if (this.#phase !== "first") return;
    this.#phase = "none";
    this.#listener.authenticationAbandoned(error);
  }

  get #mayPresent(): boolean {
    return this.#resting === "no" || (this.#resting === "refreshes" && this.#phase === "first");
  }

  #present(attempt: AuthenticateOperation, text: string): void {
    if (attempt !== this.#attempt || !this.#mayPresent) return;
    attempt.credentials = text;
    this.#operations.write(attempt);
    if (!attempt.written) return;
    const { requestTimeoutMs } = this.#kernel.options;
    const limits = { deadlineMs: requestTimeoutMs };
    attempt.guard = new Guard(this.#kernel, "auth_complete", attempt, limits);
  }

  #ended(attempt: AuthenticateOperation, ending: OperationEnding): void {
    if (attempt !== this.#attempt) return;
    this.#attempt = undefined;
    const first = this.#phase === "first";
    switch (ending.by) {
      case "answer":
        this.#accepted(ending.result as AuthenticateResult, ending, first);
        return;
      case "barrier":
        this.#accepted({ userId: "", expiresInMs: null }, ending, first);
        return;
      case "refusal":
        this.#refused(ending.error, first);
        return;
      case "drop": {
        const { code, message } = ending.error;
        this.#refused({ code, message, outcome: "failed" }, first);
        return;
      }
      case "credentials": {
        const { error: cause } = ending;
        const text = "the credentials callback threw";
        this.#unavailable(new SessionError("CREDENTIALS_FAILED", text, { cause }), first);
        return;
      }
      case "mismatch": {
        const text = `${WHAT}: the answer has an impossible shape`;
        this.#unavailable(new SessionError("BAD_ANSWER", text), first);
        return;
      }
      default:
        this.#unavailable(timeoutError("deadline", WHAT, true), first);
    }
  }

  #accepted(result: AuthenticateResult, ending: OperationEnding, first: boolean): void {
    const { expiresInMs } = result;
    this.#phase = "done";
    this.#token?.ack(result, proofOf(ending));
    if (expiresInMs !== null) this.#planRefresh(expiresInMs);
    this.#listener.authenticated(first);
  }

  #refused(error: PeerError, first: boolean): void {
    const reason =
      error.code === "NOT_SUPPORTED"
        ? new SessionError("NOT_SUPPORTED", error.message)
        : refusalError(error, "AUTHENTICATION_REFUSED", WHAT);
    const told = this.#settleFailed(reason);
    if (first) this.#phase = "none";
    if (first) this.#listener.authenticationRefused(reason);
    else if (!told) this.#kernel.report(reason);
  }

  /** No credentials, or no answer to them: that says nothing about whether they are good. */
  #unavailable(error: SessionError, first: boolean): void {
    if (first) {
      this.#phase = "none";
      this.#listener.authenticationAbandoned(error);
      return;
    }
    this.#kernel.report(error);
    const leftMs = this.#expiresAtMs - this.#kernel.clock.now();
    if (leftMs > MIN_RETRY_MS) this.#refreshIn(Math.max(MIN_RETRY_MS, leftMs * RETRY_SHARE));
  }

  #planRefresh(expiresInMs: number): void {
    this.#expiresAtMs = this.#kernel.clock.now() + expiresInMs;
    // A fixed token would come back as it is: only a callback can bring a fresh one.
    if (typeof this.#source !== "function") return;
    const aheadMs = Math.min(this.#kernel.options.refreshAheadMs, expiresInMs / 3);
    this.#refreshIn(expiresInMs - aheadMs);
  }

  #refreshIn(delayMs: number): void {
    this.#clearRefresh();
    if (this.#resting !== "no") return;
    const step = Math.min(delayMs, LARGEST_TIMER_MS);
    this.#refreshTimer = this.#kernel.clock.setTimer(() => {
      this.#refreshTimer = undefined;
      if (delayMs > step) this.#refreshIn(delayMs - step);
      else this.#kernel.run("auth_request", () => this.#refresh());
    }, step);
  }

  #refresh(): void {
    if (this.#phase === "done" && this.#attempt === undefined) this.begin();
  }

  #clearRefresh(): void {
    if (this.#refreshTimer !== undefined) this.#kernel.clock.clearTimer(this.#refreshTimer);
    this.#refreshTimer = undefined;
  }

  #settleFailed(error: SessionError): boolean {
    const token = this.#token;
    if (token?.pending !== true) return false;
    this.#kernel.settleFailed(token, error);
    return true;
  }
}

/** One presentation of credentials. */
class AuthenticateOperation extends Operation {
  readonly type = "authenticate";
  credentials = "";
  /** Watches the deadline of its answer. */
  guard: Guard | undefined;
  readonly #onEnd: (ending: OperationEnding) => void;
  readonly #isAwaited: () => boolean;

  /** @param isAwaited - Whether a close waits for its answer. */
  constructor(onEnd: (ending: OperationEnding) => void, isAwaited: () => boolean) {
    super();
    this.#onEnd = onEnd;
    this.#isAwaited = isAwaited;
  }

  override get awaitedByClose(): boolean {
    return this.#isAwaited();
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    return codec.encodeAuthenticate(id, this.credentials);
  }

  complete(ending: OperationEnding): void {
    this.guard?.release();
    // Presented again on the next connection.
    if (ending.by !== "loss") this.#onEnd(ending);
  }
}
