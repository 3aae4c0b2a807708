import type { Instrument } from "./market.ts";

/** One price, as the page shows it. All decimals are text and exact. */
export interface Quote {
  /** DECIMAL(19,2). */
  readonly price: string;
  /** Against the previous close, DECIMAL(19,2). */
  readonly change: string;
  /** Against the previous close in per cent, DECIMAL(9,2). */
  readonly changePercent: string;
  /** Shares of this trade. */
  readonly volume: number;
}

/** An instrument with the last price that the desk knows. */
export interface Listing extends Instrument {
  /** Null until a first trade was seen. */
  readonly last: Quote | null;
}

/** What the desk and its page agree on. */
export interface DeskApi {
  /** `quotes:` with an instrument's symbol. */
  topics: { "quotes:${string}": Quote };
  methods: {
    /** Lists what there is to subscribe to. */
    "desk.listings"(): readonly Listing[];
    /** Answers at once: the page measures the round trip with it. */
    "desk.echo"(): null;
  };
}
