import type { TimerHandle } from "./clock.ts";
import { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";

/** Looks at the peer this often in an interval, so that its silence is noticed up to a quarter early, and never late. */
const LOOKS = 4;

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
    if (this.#kernel.options.pingIntervalMs !== Infinity) this.#watch(0);
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

  /** @param silentMs - For how long nothing may have been heard already. */
  #watch(silentMs: number): void {
    const { pingIntervalMs } = this.#kernel.options;
    const lookMs = pingIntervalMs / LOOKS;
    this.#heardBefore = this.#heard;
    this.#timer = this.#kernel.clock.setTimer(() => {
      // What was heard since the look before may have come right behind that one.
      const nowSilentMs = this.#heard === this.#heardBefore ? silentMs + lookMs : lookMs;
      if (nowSilentMs >= pingIntervalMs) this.#ask();
      else this.#watch(nowSilentMs);
    }, lookMs);
  }

  #ask(): void {
    this.#heardBefore = this.#heard;
    if (!this.#ping()) {
      this.#timer = undefined;
      return;
    }
    const { pongTimeoutMs, pingIntervalMs } = this.#kernel.options;
    this.#timer = this.#kernel.clock.setTimer(() => {
      if (this.#heard !== this.#heardBefore) {
        this.#watch(Math.min(pongTimeoutMs, pingIntervalMs - pingIntervalMs / LOOKS));
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
