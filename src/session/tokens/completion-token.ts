import type { Clock } from "../clock.ts";
import type { Outcome, SessionError } from "./errors.ts";

/** How an `acked` outcome is known; see {@link CompletionToken.proof}. */
export type Proof = "frame" | "barrier" | "local";

/** What a token stands for. */
export type RequestType =
  | "connect"
  | "authenticate"
  | "subscribe"
  | "unsubscribe"
  | "request"
  | "close";

/**
 * Is returned by every request, and tells the truth about it.
 *
 * Await it: it resolves when the outcome is `acked` and rejects with a {@link SessionError} for every
 * other outcome (the token of `close()` resolves always). Or read `outcome`, at any time. It
 * settles once, by its deadline at the latest. A token that nobody awaits never causes an unhandled
 * rejection: the promise is made only when it is asked for.
 *
 * @example
 * ```ts
 * const token = session.request("order.place", order);
 * try {
 *   console.log(await token);
 * } catch {
 *   if (token.outcome === "unknown") await findOutWhetherItWasPlaced();
 * }
 * ```
 */
export class CompletionToken<T> implements PromiseLike<T> {
  /** Number of this request in its session, from 1 up. */
  readonly id: number;
  /** What was requested. */
  readonly type: RequestType;
  /** When it was requested, in milliseconds on the session's monotonic clock. */
  readonly issuedAt: number;

  #settledAt: number | undefined;
  #outcome: Outcome | undefined;
  #proof: Proof | undefined;
  #error: SessionError | undefined;
  #value: unknown;
  // Made by the first `then`; most tokens of a busy feed are never awaited.
  #promise: Promise<T> | undefined;
  // Not of `T`: that would keep a token of one type from passing for a token of unknown type.
  #resolve: ((value: unknown) => void) | undefined;
  #reject: ((error: SessionError) => void) | undefined;

  /** Made by sessions only. */
  protected constructor(id: number, type: RequestType, issuedAt: number) {
    this.id = id;
    this.type = type;
    this.issuedAt = issuedAt;
  }

  /** When it settled, on the same clock as {@link CompletionToken.issuedAt}; undefined while pending. */
  get settledAt(): number | undefined {
    return this.#settledAt;
  }

  /**
   * How it ended; undefined while pending.
   *
   * - `acked`: it took effect
   * - `superseded`: a later request made it moot before it was sent
   * - `failed`: certainly no effect
   * - `unknown`: it may have taken effect (link lost, deadline or abort after the write, or a method
   *   that threw half way)
   */
  get outcome(): Outcome | undefined {
    return this.#outcome;
  }

  /**
   * How an ack is known; undefined unless the outcome is `acked`.
   *
   * - `frame`: the peer's acknowledgement arrived
   * - `barrier`: a protocol without acknowledgements answered a later request in order
   * - `local`: nothing is, or can be, on the wire
   */
  get proof(): Proof | undefined {
    return this.#proof;
  }

  /** Why it was not acked; undefined while pending and when acked. */
  get error(): SessionError | undefined {
    return this.#error;
  }

  /** Waits for the outcome, as a promise does. */
  // biome-ignore lint/suspicious/noThenProperty: a token is awaited like a promise, by design.
  then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: SessionError) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#asPromise().then(onFulfilled, onRejected);
  }

  /** Handles a rejection, as `Promise.prototype.catch` does. */
  catch<Rejected = never>(
    onRejected?: ((error: SessionError) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<T | Rejected> {
    return this.#asPromise().catch(onRejected);
  }

  /** Runs something either way, as `Promise.prototype.finally` does. */
  finally(onSettled?: (() => void) | null): Promise<T> {
    return this.#asPromise().finally(onSettled);
  }

  /**
   * Settles the token: it resolves with the value unless there is an error. Returns false, and changes nothing, when
   * it has settled already.
   *
   * @internal
   */
  protected settle(
    atMs: number,
    outcome: Outcome,
    value: T | undefined,
    proof: Proof | undefined,
    error: SessionError | undefined,
  ): boolean {
    if (this.#outcome !== undefined) return false;
    this.#settledAt = atMs;
    this.#outcome = outcome;
    this.#value = value;
    this.#proof = proof;
    this.#error = error;
    this.#tell();
    return true;
  }

  #asPromise(): Promise<T> {
    this.#promise ??= new Promise<T>((resolve, reject) => {
      this.#resolve = resolve as (value: unknown) => void;
      this.#reject = reject;
      if (this.#outcome !== undefined) this.#tell();
    });
    return this.#promise;
  }

  #tell(): void {
    if (this.#error === undefined) this.#resolve?.(this.#value);
    else this.#reject?.(this.#error);
  }
}

/** A token as the session holds it: the side that settles. */
export class PendingToken<T> extends CompletionToken<T> {
  /** Watches its deadline and its signal, until it settles. */
  guard: { release(): void } | undefined;
  readonly #clock: Clock;

  constructor(id: number, type: RequestType, clock: Clock) {
    super(id, type, clock.now());
    this.#clock = clock;
  }

  /** Whether nothing was decided yet. */
  get pending(): boolean {
    return this.outcome === undefined;
  }

  /** Settles it as acked. Returns false, and changes nothing, when it has settled already. */
  ack(value: T, proof: Proof): boolean {
    return this.#end("acked", value, proof);
  }

  /** Settles it as the error's code says. Returns false when it has settled already. */
  fail(error: SessionError): boolean {
    return this.#end(error.outcome ?? "unknown", undefined, undefined, error);
  }

  /** Settles the token of a close that was not clean: the outcome is `unknown`, the promise resolves. */
  resolveUnclean(value: T): void {
    this.#end("unknown", value);
  }

  #end(outcome: Outcome, value?: T, proof?: Proof, error?: SessionError): boolean {
    this.guard?.release();
    return this.settle(this.#clock.now(), outcome, value, proof, error);
  }
}
