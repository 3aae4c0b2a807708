import type { TimerHandle } from "./clock.ts";
import { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";

/** Notices that the peer has gone silent: asks for a sign of life, and drops the link without one. */
export class Heartbeat {
  readonly #kernel: Kernel;
  readonly #ping: () => boolean;
  readonly #onDead: () => void;
  #timer: TimerHandle | undefined;
  #heardBefore = 0;

  /**
   * @param ping - Asks for a sign of life; returns false where the protocol cannot.
   * @param onDead - Drops the connection.
   */
  constructor(kernel: Kernel, ping: () => boolean, onDead: () => void) {
    this.#kernel = kernel;
    this.#ping = ping;
    this.#onDead = onDead;
  }

  /** Starts to watch a new connection. */
  start(): void {
    this.stop();
    if (this.#kernel.options.pingIntervalMs !== Infinity) this.#watch();
  }

  /** Stops watching. */
  stop(): void {
    if (this.#timer !== undefined) this.#kernel.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  // Comparing counts instead of times keeps the clock out of the path of every message.
  get #heard(): number {
    return this.#kernel.counters.messagesReceived;
  }

  #watch(): void {
    this.#heardBefore = this.#heard;
    this.#timer = this.#kernel.clock.setTimer(() => {
      if (this.#heard !== this.#heardBefore) this.#watch();
      else this.#ask();
    }, this.#kernel.options.pingIntervalMs);
  }

  #ask(): void {
    if (!this.#ping()) {
      this.#timer = undefined;
      return;
    }
    const { pongTimeoutMs, pingIntervalMs } = this.#kernel.options;
    this.#timer = this.#kernel.clock.setTimer(() => {
      if (this.#heard !== this.#heardBefore) {
        this.#watch();
        return;
      }
      this.#timer = undefined;
      const silentMs = pingIntervalMs + pongTimeoutMs;
      this.#kernel.report(
        new SessionError("HEARTBEAT_TIMEOUT", `nothing was heard for ${silentMs} ms`),
      );
      this.#onDead();
    }, pongTimeoutMs);
  }
}
