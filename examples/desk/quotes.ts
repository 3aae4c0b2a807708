import type { Session, Subscription } from "orderly-ws";
import { type Decimal, decimal, percentChange } from "orderly-ws/decimal";
import type { SessionServer } from "orderly-ws/server";
import type { DeskApi, Listing, Quote } from "./desk-api.ts";
import { type ExchangeApi, type Instrument, PRICE, type Trade } from "./market.ts";

type Upstream = Subscription<ExchangeApi, `trades:${string}`>;

/** What a topic of quotes stands for. */
interface Stream {
  readonly instrument: Instrument;
  readonly previousClose: Decimal;
  upstream: Upstream | null;
  last: Quote | null;
}

const PERCENT = decimal(9, 2);

/**
 * Turns trades of the exchange into quotes of the desk.
 *
 * It subscribes upstream while somebody subscribes downstream: however many pages watch a symbol, the exchange sends
 * each trade once, and nothing of what nobody watches.
 */
export class Quotes {
  readonly #exchange: Session<ExchangeApi>;
  readonly #desk: SessionServer<DeskApi>;
  readonly #streams = new Map<string, Stream>();

  /** @param instruments - What the exchange has. */
  constructor(
    exchange: Session<ExchangeApi>,
    desk: SessionServer<DeskApi>,
    instruments: readonly Instrument[],
  ) {
    this.#exchange = exchange;
    this.#desk = desk;
    for (const instrument of instruments) {
      this.#streams.set(`quotes:${instrument.symbol}`, {
        instrument,
        previousClose: PRICE.parse(instrument.previousClose),
        upstream: null,
        last: null,
      });
    }
    desk.method("desk.listings", () => this.listings());
    desk.on("subscribed", (_session, topic) => this.#watch(topic));
    desk.on("unsubscribed", (_session, topic) => this.#leave(topic));
  }

  /** Tells whether there is such a topic. */
  has(topic: string): boolean {
    return this.#streams.has(topic);
  }

  /** Lists the instruments with their last prices. */
  listings(): readonly Listing[] {
    return [...this.#streams.values()].map(({ instrument, last }) => ({ ...instrument, last }));
  }

  #watch(topic: string): void {
    const stream = this.#streams.get(topic);
    if (stream === undefined || stream.upstream !== null) return;
    stream.upstream = this.#exchange.subscribe(`trades:${stream.instrument.symbol}`);
    stream.upstream.on("event", ({ data }) => this.#publish(stream, data));
  }

  #leave(topic: string): void {
    const stream = this.#streams.get(topic);
    if (stream === undefined || this.#desk.topic(`quotes:${stream.instrument.symbol}`).subscribers)
      return;
    // Nobody waits for it: the session keeps the order, and a subscribe that follows comes behind.
    stream.upstream?.unsubscribe();
    stream.upstream = null;
  }

  #publish(stream: Stream, trade: Trade): void {
    const price = PRICE.parse(trade.price);
    stream.last = {
      price: price.toString(),
      change: price.minus(stream.previousClose).toString(),
      changePercent: percentChange(stream.previousClose, price, PERCENT).toString(),
      volume: trade.volume,
    };
    this.#desk.topic(`quotes:${stream.instrument.symbol}`).publish(stream.last);
  }
}
