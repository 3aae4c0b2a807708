import type { Idempotency } from "../../protocol/json-rpc/messages.ts";
import type { MethodAnswer } from "../methods/answers.ts";
import { fingerprintOf } from "./fingerprint.ts";

/** Is what a store needs to know of a call that has a key. */
export interface KeyedCall {
  /** The method's name. */
  readonly method: string;
  /** What the method is given. */
  readonly params: unknown;
  /** Who calls: keys of one caller and method name the same run. */
  readonly caller: string;
  /** Whether the caller is the same one on another connection. */
  readonly isCallerLasting: boolean;
  /** When the connection that it came on was accepted, in milliseconds of the store's clock. */
  readonly connectedMs: number;
  /** The key, and which attempt it is. */
  readonly idempotency: Idempotency;
  /** Tells the method that nobody waits for it any more. */
  abort(): void;
}

/** Bounds of a store. */
export interface IdempotencyBounds {
  /** Milliseconds for which an answer is kept. */
  readonly dedupWindowMs: number;
  /** Answers to keep, runs under way counted. */
  readonly maxIdempotencyEntries: number;
  /** Bytes that the answers may take, about. */
  readonly maxIdempotencyBytes: number;
  /** Milliseconds after which a run is told to stop. */
  readonly methodTimeoutMs: number;
}

/** Is one run of a method, under the key that it was called with. */
export class KeyedRun {
  readonly id: string;
  /** Null when it has ended: nothing of its session is kept. */
  call: KeyedCall | null;
  readonly fingerprint: string;
  readonly startedMs: number;
  /** Null while it runs. */
  answer: MethodAnswer | null = null;
  endedMs = 0;
  isAborted = false;
  /** Who waits for the answer, beside the call itself. */
  readonly waiting: ((answer: MethodAnswer) => void)[] = [];

  constructor(id: string, call: KeyedCall, fingerprint: string, startedMs: number) {
    this.id = id;
    this.call = call;
    this.fingerprint = fingerprint;
    this.startedMs = startedMs;
  }
}

/** What becomes of a call with a key: it is the run itself, repeats one that is known, or may not run. */
export type Claim =
  | { readonly type: "run"; readonly run: KeyedRun }
  | { readonly type: "repeat"; readonly run: KeyedRun }
  | {
      readonly type: "refused";
      readonly code: "IDEMPOTENCY_MISMATCH" | "IDEMPOTENCY_UNKNOWN" | "TOO_MANY_PENDING";
      readonly message: string;
    };

/** Of the window, the share up to which the age of a first attempt is believed: clocks run at different speeds. */
const SURE_SHARE = 0.9;

/** Rough cost of keeping one answer beside its texts, in bytes. */
const ENTRY_OVERHEAD_BYTES = 300;

/**
 * Keeps what methods answered to calls with a key, so that none of them runs twice.
 *
 * An answer is kept for the window from its end on. Where answers are forgotten before their time, the newest start
 * among them is remembered: a first attempt that was written after it is certainly none of them, since no run starts
 * before its call was written.
 */
export class IdempotencyStore {
  readonly #epoch: string;
  readonly #bounds: IdempotencyBounds;
  /** In the order of their start. */
  readonly #running = new Map<string, KeyedRun>();
  /** In the order of their end. */
  readonly #ended = new Map<string, KeyedRun>();
  /** Runs that have not been told to stop. */
  #unstopped = 0;
  #bytes = 0;
  #evicted = 0;
  /** When the newest of the runs that were forgotten early began; -Infinity while there is none. */
  #forgottenStartMs = Number.NEGATIVE_INFINITY;

  /** @param epoch - Names the life of the store. */
  constructor(epoch: string, bounds: IdempotencyBounds) {
    this.#epoch = epoch;
    this.#bounds = bounds;
  }

  /** How many runs are known, those under way included. */
  get size(): number {
    return this.#running.size + this.#ended.size;
  }

  /** About how many bytes the answers take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many answers were forgotten before their time. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Whether a run is under way that has to be told to stop in its time, be its session there or not. */
  get isWatching(): boolean {
    return this.#unstopped > 0 && this.#bounds.methodTimeoutMs < Number.POSITIVE_INFINITY;
  }

  /** Decides about a call whose turn has come. A claim of type `run` must be settled. */
  claim(call: KeyedCall, nowMs: number): Claim {
    this.#expire(nowMs);
    const { key, attempt } = call.idempotency;
    const id = JSON.stringify([call.caller, call.method, key]);
    const fingerprint = fingerprintOf(call.params);
    const known = this.#running.get(id) ?? this.#ended.get(id);
    if (known !== undefined) {
      if (known.fingerprint === fingerprint) return { type: "repeat", run: known };
      return {
        type: "refused",
        code: "IDEMPOTENCY_MISMATCH",
        message: "the key was used with other parameters",
      };
    }
    if (attempt > 1 && !this.#isUnseen(call, nowMs)) {
      return {
        type: "refused",
        code: "IDEMPOTENCY_UNKNOWN",
        message: "an earlier attempt may have run",
      };
    }
    if (this.size >= this.#bounds.maxIdempotencyEntries && !this.#evictOldest()) {
      return { type: "refused", code: "TOO_MANY_PENDING", message: "too many keys are in use" };
    }
    const run = new KeyedRun(id, call, fingerprint, nowMs);
    this.#running.set(id, run);
    this.#unstopped += 1;
    return { type: "run", run };
  }

  /** Keeps the answer of a run, and hands it to whoever waits for it. */
  settle(run: KeyedRun, answer: MethodAnswer, nowMs: number): void {
    run.answer = answer;
    run.endedMs = nowMs;
    run.call = null;
    if (!run.isAborted) this.#unstopped -= 1;
    this.#running.delete(run.id);
    this.#ended.set(run.id, run);
    this.#bytes += costOf(run);
    while (this.#bytes > this.#bounds.maxIdempotencyBytes && this.#evictOldest()) {
      // Until what is left fits; an answer above the bound is not kept at all.
    }
    for (const hand of run.waiting.splice(0)) hand(answer);
  }

  /** Forgets what is older than the window, and tells runs that take too long to stop. */
  sweep(nowMs: number): void {
    this.#expire(nowMs);
    for (const run of this.#running.values()) {
      if (nowMs - run.startedMs < this.#bounds.methodTimeoutMs) return;
      if (run.isAborted) continue;
      run.isAborted = true;
      this.#unstopped -= 1;
      run.call?.abort();
    }
  }

  /** Whether it is certain that no attempt with this call's key, which is not known, ran before. */
  #isUnseen({ idempotency, isCallerLasting, connectedMs }: KeyedCall, nowMs: number): boolean {
    const { epoch, ageMs } = idempotency;
    if (!isCallerLasting || epoch !== this.#epoch || ageMs === undefined) return false;
    // `ageMs` was true when the attempt was written, which was after its connection was accepted. It may have lain
    // in a buffer since then.
    const oldestMs = ageMs + (nowMs - connectedMs);
    if (oldestMs > this.#bounds.dedupWindowMs * SURE_SHARE) return false;
    return this.#forgottenStartMs < nowMs - oldestMs;
  }

  #expire(nowMs: number): void {
    for (const run of this.#ended.values()) {
      if (nowMs - run.endedMs < this.#bounds.dedupWindowMs) return;
      this.#forget(run);
    }
  }

  #evictOldest(): boolean {
    for (const run of this.#ended.values()) {
      this.#forget(run);
      this.#evicted += 1;
      this.#forgottenStartMs = Math.max(this.#forgottenStartMs, run.startedMs);
      return true;
    }
    return false;
  }

  #forget(run: KeyedRun): void {
    this.#ended.delete(run.id);
    this.#bytes -= costOf(run);
  }
}

/** Text is kept in one byte a character where it is Latin-1, else in two: counted as two. */
function costOf(run: KeyedRun): number {
  return ENTRY_OVERHEAD_BYTES + (run.id.length + (run.answer?.body.length ?? 0)) * 2;
}
