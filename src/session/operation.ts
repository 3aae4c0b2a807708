import type { OperationType, PeerError, ProtocolCodec } from "../protocol/protocol.ts";
import type { Proof } from "./completion-token.ts";
import type { Deadline, Expirable } from "./deadlines.ts";
import { SessionError, type SessionErrorCode } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import type { Completable, CompletionEventType, Ending } from "./session-events.ts";

const NO_SUBJECT: readonly string[] = [];

/** Something that the session writes to the peer and that the peer answers. */
export abstract class Operation implements Completable {
  /** What it is. */
  abstract readonly type: OperationType;
  /** Its id on the wire; 0 until it is written. */
  wireId = 0;
  /** Id of the request whose answer proves it, where the protocol has no answer of its own; else 0. */
  barrierId = 0;

  /** Number of its token, or 0 where it has none. */
  get tokenId(): number {
    return 0;
  }

  /** Its topics or method. */
  get subject(): readonly string[] {
    return NO_SUBJECT;
  }

  /** Whether it was handed to the transport. */
  get written(): boolean {
    return this.wireId !== 0;
  }

  /** Whether there is no point in writing it any more. */
  get moot(): boolean {
    return false;
  }

  /** Whether the peer answers it. */
  get answerable(): boolean {
    return true;
  }

  /** Whether a close waits for its answer. */
  get awaitedByClose(): boolean {
    return true;
  }

  /** Takes the end that the peer, the deadline or the caller put to it. */
  complete(ending: Ending): void {
    switch (ending.by) {
      case "answer":
        this.answered(ending.result, "frame");
        break;
      case "barrier":
        this.answered(undefined, "barrier");
        break;
      case "refusal":
        this.refused(ending.error);
        break;
      case "mismatch":
        this.mismatched();
        break;
      case "deadline":
      case "abort":
        this.timedOut(ending.by);
        break;
      default:
        throw new Error(`bug: ${this.type} ended by ${ending.by}`);
    }
  }

  /** Returns its message, or null where the protocol has none. */
  abstract encode(codec: ProtocolCodec, id: number): string | null;
  /** It was handed to the transport. */
  sentOut(): void {}
  /** The link was lost after the write. */
  abstract linkLost(): void;
  /** It was not written, and will not be. */
  abstract dropped(error: SessionError): void;
  /** The peer answered with a checked result, or a barrier proves it (the result is then undefined). */
  protected abstract answered(result: unknown, proof: Proof): void;
  /** The peer refused. */
  protected abstract refused(error: PeerError): void;
  /** The peer's answer has an impossible shape. */
  protected mismatched(): void {
    this.refused({
      code: "BAD_ANSWER",
      message: "the answer has an impossible shape",
      outcome: "unknown",
    });
  }
  /** Its deadline passed, or its caller aborted it. */
  protected timedOut(_by: "deadline" | "abort"): void {
    throw new Error(`bug: ${this.type} has no deadline`);
  }
}

/** When a token ends although nothing came. */
export interface TokenLimits {
  /** Milliseconds from now; `Infinity` for never. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Watches the deadline and the signal of one token, until it is released. What happens joins the queue. */
export class TokenGuard implements Expirable {
  readonly #kernel: Kernel;
  readonly #target: Completable;
  readonly #event: CompletionEventType;
  readonly #deadline: Deadline;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;

  /**
   * @param target - Gets the end.
   * @param event - The event that brings it.
   */
  constructor(
    kernel: Kernel,
    target: Completable,
    event: CompletionEventType,
    limits: TokenLimits,
  ) {
    this.#kernel = kernel;
    this.#target = target;
    this.#event = event;
    this.#deadline = kernel.deadlines.add(limits.deadlineMs, this);
    this.#signal = limits.signal;
    if (limits.signal === undefined) return;
    this.#onAbort = () => this.#end("abort");
    if (limits.signal.aborted) this.#onAbort();
    else limits.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The deadline passed. */
  expire(): void {
    this.#end("deadline");
  }

  /** Stops watching: the token has settled. */
  release(): void {
    this.#kernel.deadlines.cancel(this.#deadline);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #end(by: "deadline" | "abort"): void {
    this.#kernel.queue.post(this.#event, { target: this.#target, ending: { by } });
  }
}

/** Returns the error of a token whose deadline passed or whose caller aborted it. */
export function timeoutError(
  by: "deadline" | "abort",
  what: string,
  written: boolean,
): SessionError {
  if (by === "deadline") {
    return written
      ? new SessionError("DEADLINE_EXCEEDED", `${what} was sent and not answered in time`)
      : new SessionError("DEADLINE_BEFORE_WRITE", `${what} could not be sent in time`);
  }
  return written
    ? new SessionError("ABORTED", `${what} was aborted after it was sent`)
    : new SessionError("ABORTED_BEFORE_WRITE", `${what} was aborted before it was sent`);
}

/** Returns the error of a token whose operation the peer refused. */
export function refusalError(
  error: PeerError,
  refusedCode: SessionErrorCode,
  what: string,
): SessionError {
  const { code, message, detail } = error;
  const peer = detail === undefined ? { code, message } : { code, message, detail };
  if (code === "BAD_ANSWER") return new SessionError("BAD_ANSWER", `${what}: ${message}`, { peer });
  if (error.outcome === "unknown") {
    return new SessionError("METHOD_FAILED", `${what} may have taken effect: ${code}`, { peer });
  }
  return new SessionError(refusedCode, `${what} was refused: ${code}`, { peer });
}
