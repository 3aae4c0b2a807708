import type { TimerHandle } from "../clock.ts";
import { backoffDelayMs } from "../connection/backoff.ts";
import type { Kernel } from "../kernel.ts";
import type { Operations } from "../operations/operations.ts";
import type { SessionError } from "../tokens/errors.ts";

/** Histories that are asked for again at once: if it was the rate that was too high, all of them would be too many. */
const MOST_READS = 20;

/** Reads a history, where it can and does not yet. */
interface Reading {
  goOn(): void;
}

/**
 * Asks once more, while the connection lasts, for what the peer refused and may grant later.
 *
 * As between attempts to connect: after a random time within a bound that doubles from refusal to refusal, so that a
 * crowd that was too much for a server does not come back as one.
 */
export class AskingAgain {
  readonly #kernel: Kernel;
  readonly #operations: Operations;
  readonly #subscribe: () => void;
  readonly #readings = new Set<Reading>();
  #timer: TimerHandle | undefined;
  #refusals = 0;
  #askedAtMs = 0;

  /** @param subscribe - Subscribes again to what was refused. */
  constructor(kernel: Kernel, operations: Operations, subscribe: () => void) {
    this.#kernel = kernel;
    this.#operations = operations;
    this.#subscribe = subscribe;
  }

  /** The peer refused a topic, or a part of its history: asks for it in a while. The application is told once a while. */
  refused(error: SessionError, reading?: Reading): void {
    if (reading !== undefined) this.#readings.add(reading);
    if (this.#timer !== undefined) return;
    const { clock, options } = this.#kernel;
    if (clock.now() - this.#askedAtMs >= options.minUptimeMs) this.#refusals = 0;
    this.#kernel.report(error);
    this.#plan();
    this.#refusals += 1;
  }

  /** The connection is gone: the next one is asked for everything. */
  stop(): void {
    if (this.#timer !== undefined) this.#kernel.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#readings.clear();
    this.#refusals = 0;
  }

  #plan(): void {
    const { clock, options, random, machine } = this.#kernel;
    if (machine.final || machine.state === "closing") return;
    const delayMs = backoffDelayMs(this.#refusals, options, random.fraction());
    this.#timer = clock.setTimer(() => {
      this.#timer = undefined;
      this.#kernel.run("subscribe_request", () => this.#ask());
    }, delayMs);
  }

  #ask(): void {
    const { clock, machine } = this.#kernel;
    if (machine.state === "closing") return;
    // It waits for credentials.
    if (!this.#operations.ready) {
      this.#plan();
      return;
    }
    this.#askedAtMs = clock.now();
    this.#subscribe();
    for (const reading of [...this.#readings].slice(0, MOST_READS)) {
      this.#readings.delete(reading);
      reading.goOn();
    }
    if (this.#readings.size > 0) this.#plan();
  }
}
