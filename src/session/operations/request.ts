import type { ProtocolCodec } from "../../protocol/protocol.ts";
import { Guard, type Limits } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { PendingToken } from "../tokens/completion-token.ts";
import { endingError, proofOf } from "../tokens/ending-error.ts";
import { Operation, type OperationEnding } from "./operation.ts";
import type { Operations } from "./operations.ts";
import { RequestAttempts } from "./request-attempts.ts";
import { snapshot } from "./snapshot.ts";

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
  /**
   * Names the request, 1 to 128 characters, so that it runs once at most however often it is sent: when the link is
   * lost before the answer, the token stays pending and the request is sent again on the next connection. A key belongs
   * to the method and to the principal (without one, to this session); calling again with it gives the same answer
   * for as long as the server remembers it. Where the server cannot prove that a repeat is one, the outcome is
   * `unknown`. Parameters are taken as they are when the request is called.
   *
   * @defaultValue none: a request whose link is lost before the answer ends as `unknown`
   */
  readonly idempotencyKey?: string;
}

/** What is called. */
export interface MethodCall {
  readonly method: string;
  readonly params: unknown;
  readonly idempotencyKey: string | undefined;
}

/** One call of a method of the peer's. */
export class RequestOperation extends Operation {
  readonly type = "request";
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #token: PendingToken<unknown>;
  readonly #method: string;
  #params: unknown;
  readonly #limits: Limits;
  readonly #attempts: RequestAttempts | undefined;

  constructor(
    kernel: Kernel,
    operations: Operations,
    token: PendingToken<unknown>,
    { method, params, idempotencyKey }: MethodCall,
    limits: Limits,
  ) {
    super();
    this.#kernel = kernel;
    this.#operations = operations;
    this.#token = token;
    this.#method = method;
    this.#params = params;
    this.#limits = limits;
    if (idempotencyKey !== undefined) this.#attempts = new RequestAttempts(idempotencyKey, kernel);
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

  override get survivesLoss(): boolean {
    return this.#token.pending && this.#attempts?.mayRepeat === true;
  }

  override get isGivenUp(): boolean {
    return !this.#token.pending;
  }

  override get awaitedByClose(): boolean {
    return this.#token.pending;
  }

  start(): void {
    this.#token.guard = new Guard(this.#kernel, "send_complete", this, this.#limits);
    // An aborted signal ends it with the next event; it must not be written first.
    if (this.#limits.signal?.aborted !== true) this.#operations.submit(this);
  }

  override freeze(): void {
    this.#params = snapshot(this.#params);
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    if (this.#attempts === undefined) return codec.encodeRequest(id, this.#method, this.#params);
    const idempotency = this.#attempts.next();
    // It might run once more: its token ends as it would without a key.
    if (idempotency === null) return null;
    // A repeat says what the first one said, whatever the application does to its object meanwhile.
    if (idempotency.attempt === 1) this.freeze();
    return codec.encodeRequest(id, this.#method, this.#params, idempotency);
  }

  complete(given: OperationEnding): void {
    const ending = this.#truthOf(given);
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

  /** What an ending proves of every attempt there was, not of the last one alone. */
  #truthOf(ending: OperationEnding): OperationEnding {
    // It waited to be written again.
    if (ending.by === "drop" && this.written) return { by: "loss" };
    if (ending.by !== "refusal" || this.#attempts?.isRepeated !== true) return ending;
    const { error } = ending;
    return error.byMethod === true
      ? ending
      : { by: "refusal", error: { ...error, outcome: "unknown" } };
  }
}

/** What counts as a late ack when the token has settled before: whatever the peer made of the request. */
const LATE_ANSWERS: readonly OperationEnding["by"][] = ["answer", "barrier", "refusal", "mismatch"];
