/** Waiting for conditions, each within a limit, and saying how promises ended. */

/** Milliseconds within which anything on loopback must have happened. */
export const LIMIT_MS = 3_000;

/** What to wait for, and for how long. */
export interface WaitOptions {
  /** How many entries must satisfy the predicate. @defaultValue 1 */
  readonly count?: number;
  /** Milliseconds to wait at most. @defaultValue {@link LIMIT_MS} */
  readonly limitMs?: number;
}

/** A list that tells those who wait for it that it has grown. */
export class Log<Entry> {
  readonly #entries: Entry[] = [];
  readonly #waiting = new Set<() => void>();

  add(entry: Entry): void {
    this.#entries.push(entry);
    for (const check of [...this.#waiting]) check();
  }

  get entries(): readonly Entry[] {
    return [...this.#entries];
  }

  /** Waits until entries satisfy the predicate, and says whether they did within the limit. */
  async waitFor(predicate: (entry: Entry) => boolean, options: WaitOptions = {}): Promise<boolean> {
    const { count = 1, limitMs = LIMIT_MS } = options;
    const isThere = (): boolean => this.#entries.filter(predicate).length >= count;
    if (isThere()) return true;
    return await new Promise((resolve) => {
      const finish = (result: boolean): void => {
        this.#waiting.delete(check);
        clearTimeout(timer);
        resolve(result);
      };
      const check = (): void => {
        if (isThere()) finish(true);
      };
      const timer = setTimeout(() => finish(false), limitMs);
      this.#waiting.add(check);
    });
  }

  /** Waits like {@link Log.waitFor}; throws where the scenario cannot go on without it. */
  async require(
    what: string,
    predicate: (entry: Entry) => boolean,
    options: WaitOptions = {},
  ): Promise<void> {
    if (await this.waitFor(predicate, options)) return;
    throw new Error(`${what}: not within the limit; seen ${JSON.stringify(this.#entries)}`);
  }
}

/** How a promise ended, as soon as it has. */
export interface Fate {
  state: "pending" | "resolved" | "rejected";
  value: unknown;
  /** Milliseconds from the call of {@link follow}. */
  afterMs: number;
  /** Resolves when the promise has ended, either way. */
  readonly ended: Promise<void>;
}

/** Follows a promise without waiting for it. */
export function follow(promise: PromiseLike<unknown>): Fate {
  const startedAt = performance.now();
  const end = (state: "resolved" | "rejected") => (value: unknown) => {
    Object.assign(fate, { state, value, afterMs: Math.round(performance.now() - startedAt) });
  };
  const ended = Promise.resolve(promise).then(end("resolved"), end("rejected"));
  const fate: Fate = { state: "pending", value: undefined, afterMs: 0, ended };
  return fate;
}

/** Waits until a followed promise has ended, or the limit has passed. */
export async function ended(fate: Fate, limitMs: number = LIMIT_MS): Promise<Fate> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([fate.ended, limit]);
  clearTimeout(timer);
  return fate;
}

/** A door that work waits at until it is opened. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Calls back at a steady rate, as a feed would. */
export async function atRate(
  count: number,
  everyMs: number,
  callback: (index: number) => void,
): Promise<void> {
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    const waitMs = startedAt + index * everyMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    callback(index);
  }
}
