import { type Decimal, decimal, KRX_TICK_BANDS, tickBands, tickSize } from "orderly-ws/decimal";

/** What the simulated exchange trades. */
export interface Instrument {
  /** `KRX:` with a six-digit code, or `US:` with a ticker. */
  readonly symbol: string;
  /** The company's name. */
  readonly name: string;
  /** ISO 4217: `KRW` has no decimals, `USD` two. */
  readonly currency: "KRW" | "USD";
  /** Price at the end of the day before, DECIMAL(19,2) as text. */
  readonly previousClose: string;
}

/** One trade, as the exchange publishes it. */
export interface Trade {
  /** DECIMAL(19,2) as text: a JavaScript number would not be exact. */
  readonly price: string;
  /** Shares. */
  readonly volume: number;
}

/** What the exchange and its clients agree on. */
export interface ExchangeApi {
  /** `trades:` with an instrument's symbol. */
  topics: { "trades:${string}": Trade };
  methods: { "exchange.instruments"(): readonly Instrument[] };
}

/** Every price of the desk. */
export const PRICE = decimal(19, 2);

/** The instruments, with made-up prices. */
export const INSTRUMENTS: readonly Instrument[] = [
  { symbol: "KRX:005930", name: "Samsung Electronics", currency: "KRW", previousClose: "71500.00" },
  { symbol: "KRX:000660", name: "SK hynix", currency: "KRW", previousClose: "183400.00" },
  { symbol: "KRX:035420", name: "NAVER", currency: "KRW", previousClose: "201500.00" },
  { symbol: "KRX:005380", name: "Hyundai Motor", currency: "KRW", previousClose: "246500.00" },
  { symbol: "US:AAPL", name: "Apple", currency: "USD", previousClose: "187.20" },
  { symbol: "US:MSFT", name: "Microsoft", currency: "USD", previousClose: "415.60" },
  { symbol: "US:NVDA", name: "NVIDIA", currency: "USD", previousClose: "131.26" },
  { symbol: "US:TSLA", name: "Tesla", currency: "USD", previousClose: "248.50" },
];

/** US shares above one dollar move by cents. */
const US_TICK_BANDS = tickBands([[null, "0.01"]]);

/** Moves a price by a whole number of the ticks that are in force there; it never falls below one tick. */
export function moveByTicks(
  price: Decimal,
  ticks: number,
  currency: Instrument["currency"],
): Decimal {
  const tick = tickSize(price, currency === "KRW" ? KRX_TICK_BANDS : US_TICK_BANDS);
  const moved = price.plus(tick.times(PRICE.parse(String(ticks)))).quantize(tick, "floor");
  return moved.lt(tick) ? tick.to(PRICE) : moved.to(PRICE);
}
