import type { PeerError, ProtocolCodec } from "../protocol/protocol.ts";
import type { PendingToken, Proof } from "./completion-token.ts";
import { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { Operation, refusalError, TokenGuard, timeoutError } from "./operation.ts";
import type { Operations } from "./operations.ts";

/** Settings of one request. */
export interface RequestOptions {
  /**
   * Milliseconds until the request must be answered, from the call on; `Infinity` for no limit.
   *
   * @defaultValue the session's `requestTimeoutMs`
   */
  readonly deadlineMs?: number;
  /** Stops waiting: `ABORTED_BEFORE_WRITE` where nothing was sent, else `ABORTED` and outcome `unknown`. */
  readonly signal?: AbortSignal;
}

/** One call of a method of the peer's. */
export class RequestOperation extends Operation {
  readonly type = "request";
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #token: PendingToken<unknown>;
  readonly #method: string;
  readonly #params: unknown;
  readonly #options: RequestOptions;
  #guard: TokenGuard | undefined;

  constructor(
    kernel: Kernel,
    operations: Operations,
    token: PendingToken<unknown>,
    call: { readonly method: string; readonly params: unknown },
    options: RequestOptions,
  ) {
    super();
    this.#kernel = kernel;
    this.#operations = operations;
    this.#token = token;
    this.#method = call.method;
    this.#params = call.params;
    this.#options = options;
  }

  override get tokenId(): number {
    return this.#token.id;
  }

  override get subject(): readonly string[] {
    return [this.#method];
  }

  override get moot(): boolean {
    return !this.#token.pending;
  }

  override get awaitedByClose(): boolean {
    return this.#token.pending;
  }

  start(): void {
    this.#guard = new TokenGuard(this.#kernel, this, "send_complete", {
      deadlineMs: this.#options.deadlineMs ?? this.#kernel.options.requestTimeoutMs,
      signal: this.#options.signal,
    });
    // An aborted signal ends it with the next event; it must not be written first.
    if (this.#options.signal?.aborted !== true) this.#operations.submit(this);
  }

  encode(codec: ProtocolCodec, id: number): string {
    return codec.encodeRequest(id, this.#method, this.#params);
  }

  linkLost(): void {
    this.#fail(
      new SessionError("LINK_LOST", `the link was lost before ${this.#method} was answered`),
    );
  }

  dropped(error: SessionError): void {
    this.#fail(error);
  }

  protected answered(result: unknown, proof: Proof): void {
    this.#guard?.release();
    if (!this.#token.ack(result, proof, this.#kernel.clock.now()))
      this.#kernel.counters.lateAcks += 1;
    this.#kernel.advanceClose();
  }

  protected refused(error: PeerError): void {
    if (!this.#token.pending) this.#kernel.counters.lateAcks += 1;
    this.#fail(refusalError(error, "REQUEST_REFUSED", this.#method));
  }

  protected override timedOut(by: "deadline" | "abort"): void {
    this.#fail(timeoutError(by, this.#method, this.written));
  }

  #fail(error: SessionError): void {
    this.#guard?.release();
    this.#kernel.settleFailed(this.#token, error);
  }
}
