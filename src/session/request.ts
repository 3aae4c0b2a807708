import type { ProtocolCodec } from "../protocol/protocol.ts";
import type { PendingToken } from "./completion-token.ts";
import { endingError, proofOf } from "./ending-error.ts";
import { Guard } from "./guard.ts";
import type { Kernel } from "./kernel.ts";
import { Operation, type OperationEnding } from "./operation.ts";
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
    const { deadlineMs = this.#kernel.options.requestTimeoutMs, signal } = this.#options;
    this.#token.guard = new Guard(this.#kernel, "send_complete", this, { deadlineMs, signal });
    // An aborted signal ends it with the next event; it must not be written first.
    if (signal?.aborted !== true) this.#operations.submit(this);
  }

  encode(codec: ProtocolCodec, id: number): string {
    return codec.encodeRequest(id, this.#method, this.#params);
  }

  complete(ending: OperationEnding): void {
    const late = !this.#token.pending;
    if (late && LATE_ANSWERS.includes(ending.by)) this.#kernel.counters.lateAcks += 1;
    const { written } = this;
    const subject = { what: this.#method, refusedCode: "REQUEST_REFUSED", written } as const;
    const error = endingError(ending, subject);
    if (error !== undefined) {
      this.#kernel.settleFailed(this.#token, error);
      return;
    }
    this.#token.ack(ending.by === "answer" ? ending.result : undefined, proofOf(ending));
    this.#kernel.advanceClose();
  }
}

/** What counts as a late ack when the token has settled before: whatever the peer made of the request. */
const LATE_ANSWERS: readonly OperationEnding["by"][] = ["answer", "barrier", "refusal", "mismatch"];
