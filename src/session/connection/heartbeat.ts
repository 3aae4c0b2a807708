import type { TimerHandle } from "../clock.ts";
import type { Kernel } from "../kernel.ts";
import { SessionError } from "../tokens/errors.ts";

/** Looks at the peer this often in an interval, so that its silence is noticed up to a quarter early, and never late. */
const LOOKS = 4;

/** Notices that the peer has gone silent: asks for a sign of life, and drops the link without one. */
export class Heartbeat {
  readonly #kernel: Kernel;
  readonly #ping: () => boolean;
  readonly #onDead: () => void;
  #timer: TimerHandle | undefined;

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

  /** @param silentMs - For how long nothing may have been heard already. */
  #watch(silentMs: number): void {
    const { pingIntervalMs } = this.#kernel.options;
    const lookMs = pingIntervalMs / LOOKS;
    this.#after(lookMs, (heard) => {
      // What was heard since the look before may have come right behind that one.
      const nowSilentMs = heard ? lookMs : silentMs + lookMs;
      if (nowSilentMs < pingIntervalMs) this.#watch(nowSilentMs);
      else if (this.#ping()) this.#awaitSign(pingIntervalMs, lookMs);
    });
  }

  #awaitSign(pingIntervalMs: number, lookMs: number): void {
    const { pongTimeoutMs } = this.#kernel.options;
    this.#after(pongTimeoutMs, (heard) => {
      if (heard) {
        this.#watch(Math.min(pongTimeoutMs, pingIntervalMs - lookMs));
        return;
      }
      const text = `nothing was heard for ${pingIntervalMs + pongTimeoutMs} ms`;
      this.#kernel.report(new SessionError("HEARTBEAT_TIMEOUT", text));
      this.#onDead();
    });
  }

  /** Looks once, after a while, whether anything was heard since. */
  #after(delayMs: number, look: (heard: boolean) => void): void {
    const { clock, counters } = this.#kernel;
    // Comparing counts instead of times keeps the clock out of the path of every message.
    const heardBefore = counters.messagesReceived;
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      look(counters.messagesReceived !== heardBefore);
    }, delayMs);
  }
}
