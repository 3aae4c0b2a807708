import type { Decimal } from "orderly-ws/decimal";
import { SessionServer } from "orderly-ws/server";
import { type ExchangeApi, INSTRUMENTS, type Instrument, moveByTicks, PRICE } from "./market.ts";

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 1_100;
const MOST_TICKS = 3;
const MOST_SHARES = 400;

/** A simulated exchange: it publishes trades at random moments, at prices that walk at random. */
export class Exchange implements AsyncDisposable {
  readonly #server = new SessionServer<ExchangeApi>({ authorize: "public" });
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #pace: number;

  /** @param pace - How many times faster than usual it trades. */
  constructor(pace = 1) {
    this.#pace = pace;
  }

  /**
   * Opens the exchange.
   *
   * @returns Where it listens: a port of this machine that was free.
   */
  async open(): Promise<string> {
    this.#server.method("exchange.instruments", () => INSTRUMENTS);
    const { port } = await this.#server.listen(0, "127.0.0.1");
    for (const instrument of INSTRUMENTS) {
      this.#plan(instrument, PRICE.parse(instrument.previousClose));
    }
    return `ws://127.0.0.1:${port}`;
  }

  /** Stops trading and closes its sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#server.close();
  }

  #plan(instrument: Instrument, price: Decimal): void {
    const pauseMs = SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    const timer = setTimeout(() => this.#trade(instrument, price), pauseMs / this.#pace);
    this.#timers.set(instrument.symbol, timer);
  }

  #trade(instrument: Instrument, last: Decimal): void {
    const ticks = Math.round((Math.random() * 2 - 1) * MOST_TICKS);
    const price = moveByTicks(last, ticks, instrument.currency);
    const volume = 1 + Math.floor(Math.random() * MOST_SHARES);
    this.#server.topic(`trades:${instrument.symbol}`).publish({ price: price.toString(), volume });
    this.#plan(instrument, price);
  }
}
