/** What a column seems to hold by its name. */
export type MoneyKind = "price" | "amount";

const PRICES = new Set(
  "price prices bid ask vwap strike nav quote fill entry exit tick".split(" "),
);

/** Names of candles and orders, which mean a price only where they stand alone. */
const PRICES_ALONE = new Set("open high low close last stop target limit average".split(" "));

const AMOUNTS = new Set(
  (
    "amount amounts amt total totals subtotal balance cost costs fee fees notional cash pnl profit loss tax commission " +
    "principal premium proceeds turnover deposit withdrawal payment paid krw usd eur jpy gbp won money budget salary " +
    "revenue"
  ).split(" "),
);

/** Tells what a column holds by the words of its name, in snake case or camel case; null where they say nothing. */
export function moneyKind(column: string): MoneyKind | null {
  const words = column
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1_$2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
  const [first] = words;
  if (words.some((word) => AMOUNTS.has(word))) return "amount";
  if (words.some((word) => PRICES.has(word))) return "price";
  return words.length === 1 && first !== undefined && PRICES_ALONE.has(first) ? "price" : null;
}
