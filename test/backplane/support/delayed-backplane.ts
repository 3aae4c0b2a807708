import {
  type Backplane,
  type BackplaneEvent,
  type BackplaneListener,
  type BackplaneStats,
  type HistoryPage,
  MemoryBackplane,
  type MemoryBackplaneOptions,
  type Position,
  type Since,
} from "../../../src/backplane/index.ts";
import type { Clock } from "../../../src/session/clock.ts";

/**
 * Answers as a backplane behind a network does: each call after a delay on the clock, events to
 * listeners after another one, all in order. What is behind it is a memory backplane.
 */
export class DelayedBackplane implements Backplane {
  readonly memory: MemoryBackplane;
  /** When set, every call is answered with it. */
  failure: Error | undefined;
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  #lastDueMs = 0;
  /** What was joined on the memory for each listener, by topic. */
  readonly #joined = new Map<string, Map<BackplaneListener, BackplaneListener>>();

  constructor(clock: Clock, delayMs: () => number, options: MemoryBackplaneOptions = {}) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.memory = new MemoryBackplane({ wallNow: () => clock.now(), ...options });
  }

  publish(topic: string, dataJson: string): Promise<Position> {
    return this.#later(() => this.memory.publish(topic, dataJson));
  }

  position(topic: string): Promise<Position> {
    return this.#later(() => this.memory.position(topic));
  }

  read(topic: string, since: Since): Promise<HistoryPage> {
    return this.#later(() => this.memory.read(topic, since));
  }

  join(topic: string, listener: BackplaneListener): Promise<Position> {
    const joined = this.#joined.get(topic) ?? new Map<BackplaneListener, BackplaneListener>();
    this.#joined.set(topic, joined);
    const bring = (event: BackplaneEvent): void => {
      this.#later(() => {
        if (joined.get(listener) === bring) listener(event);
      }).catch(() => undefined);
    };
    joined.set(listener, bring);
    return this.#later(() => this.memory.join(topic, bring));
  }

  leave(topic: string, listener: BackplaneListener): void {
    const joined = this.#joined.get(topic);
    const bring = joined?.get(listener);
    joined?.delete(listener);
    if (bring !== undefined) this.memory.leave(topic, bring);
  }

  delete(topic: string): Promise<void> {
    return this.#later(() => this.memory.delete(topic));
  }

  stats(): BackplaneStats {
    return this.memory.stats();
  }

  close(): void {
    this.memory.close();
  }

  /** In order, as over one connection. */
  #later<Result>(act: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const nowMs = this.#clock.now();
      this.#lastDueMs = Math.max(this.#lastDueMs, nowMs + this.#delayMs());
      this.#clock.setTimer(() => {
        if (this.failure !== undefined) {
          reject(this.failure);
          return;
        }
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      }, this.#lastDueMs - nowMs);
    });
  }
}
