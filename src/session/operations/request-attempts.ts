import type { Idempotency } from "../../protocol/json-rpc/messages.ts";
import type { Greeting } from "../connection/greeting.ts";
import type { Kernel } from "../kernel.ts";

/** Counts the attempts of one request that has a key, and says of each what the server must know. */
export class RequestAttempts {
  readonly #key: string;
  readonly #kernel: Kernel;
  #count = 0;
  // Of the first attempt: what the peer said of itself may come after it.
  #greeting: Greeting | undefined;
  #atMs = 0;
  #wallAtMs = 0;

  constructor(key: string, kernel: Kernel) {
    this.#key = key;
    this.#kernel = kernel;
  }

  /** Whether it was written more than once. */
  get isRepeated(): boolean {
    return this.#count > 1;
  }

  /** Whether it can be written again without running twice, as far as that is known. */
  get mayRepeat(): boolean {
    return this.#greeting?.keepsAnswers !== false;
  }

  /** Begins an attempt. Returns null where the peer would run it once more. */
  next(): Idempotency | null {
    const { greeting, clock } = this.#kernel;
    const key = this.#key;
    const wallMs = clock.wallNow?.() ?? 0;
    if (this.#greeting === undefined) {
      this.#greeting = greeting;
      this.#atMs = clock.now();
      this.#wallAtMs = wallMs;
    } else if (greeting.keepsAnswers !== true) {
      return null;
    }
    this.#count += 1;
    const attempt = this.#count;
    if (attempt === 1) return { key, attempt };
    const epoch = this.#greeting.result?.dedupEpoch;
    // A monotonic clock may stop while the machine sleeps.
    const ageMs = Math.ceil(Math.max(clock.now() - this.#atMs, wallMs - this.#wallAtMs));
    return { key, attempt, ageMs, ...(epoch === undefined ? undefined : { epoch }) };
  }
}
