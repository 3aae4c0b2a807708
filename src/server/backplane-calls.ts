import {
  type Backplane,
  BackplaneError,
  type BackplaneListener,
  type Eventual,
  type HistoryPage,
  type Position,
  type Since,
} from "../backplane/index.ts";
import { isThenable } from "./thenable.ts";
import { TimeoutSet } from "./timeout-set.ts";

/** What to do when the time of a call is over. */
type Overdue = () => void;

/**
 * Asks the backplane on behalf of sessions, whatever it does: what it does not answer in time has failed, and a leave
 * that fails is reported and disturbs nobody.
 */
export class BackplaneCalls {
  readonly #backplane: Backplane;
  readonly #timeoutMs: number;
  readonly #nowMs: () => number;
  readonly #onFailed: (message: string, cause: unknown) => void;
  readonly #open: TimeoutSet<Overdue>;

  /**
   * @param timeoutMs - Milliseconds for an answer; `Infinity` for ever.
   * @param onFailed - Hears of a failure that no session is told of.
   */
  constructor(
    backplane: Backplane,
    timeoutMs: number,
    nowMs: () => number,
    onFailed: (message: string, cause: unknown) => void,
  ) {
    this.#backplane = backplane;
    this.#timeoutMs = timeoutMs;
    this.#nowMs = nowMs;
    this.#onFailed = onFailed;
    this.#open = new TimeoutSet(timeoutMs);
  }

  /** Whether an answer is awaited, so that {@link BackplaneCalls.expire} has to be called. */
  get isWaiting(): boolean {
    return this.#open.size > 0;
  }

  /** As `Backplane.read`. @throws BackplaneError `BACKPLANE_UNAVAILABLE` where there is no answer in time, too. */
  read(topic: string, since: Since): Eventual<HistoryPage> {
    return this.#inTime(this.#backplane.read(topic, since));
  }

  /** As `Backplane.join`. One that is answered too late is left again. @throws As {@link BackplaneCalls.read}. */
  join(topic: string, listener: BackplaneListener): Eventual<Position> {
    return this.#inTime(this.#backplane.join(topic, listener), () => this.leave(topic, listener));
  }

  /** As `Backplane.leave`. Never throws. */
  leave(topic: string, listener: BackplaneListener): void {
    const failed = (cause: unknown): void =>
      this.#onFailed(`the backplane did not leave ${topic}`, cause);
    try {
      // What is written in another language may answer, too.
      const left: unknown = this.#backplane.leave(topic, listener);
      if (isThenable(left)) Promise.resolve(left).catch(failed);
    } catch (cause) {
      failed(cause);
    }
  }

  /** Fails what was not answered in time. */
  expire(nowMs: number): void {
    this.#open.expire(nowMs, (overdue) => overdue());
  }

  #inTime<Value>(asked: Eventual<Value>, onLate: () => void = () => {}): Eventual<Value> {
    if (!(asked instanceof Promise)) return asked;
    return new Promise<Value>((resolve, reject) => {
      const overdue = (): void => {
        const message = `the backplane did not answer in ${this.#timeoutMs} ms`;
        reject(new BackplaneError("BACKPLANE_UNAVAILABLE", message));
      };
      this.#open.add(overdue, this.#nowMs());
      asked.then(
        (value) => {
          if (this.#open.delete(overdue)) resolve(value);
          else onLate();
        },
        (cause: unknown) => {
          if (this.#open.delete(overdue)) reject(cause);
        },
      );
    });
  }
}
