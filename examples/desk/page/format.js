const PRICES = {
  KRW: new Intl.NumberFormat("en", { maximumFractionDigits: 0 }),
  USD: new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
};

const SIGNED = {
  KRW: new Intl.NumberFormat("en", { maximumFractionDigits: 0, signDisplay: "exceptZero" }),
  USD: new Intl.NumberFormat("en", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  }),
};

/** Formats a price. Decimals stay text all the way: `Intl` reads them exactly. */
export function formatPrice(text, currency) {
  return PRICES[currency].format(text);
}

/** Formats a change of price, with its sign. */
export function formatChange(text, currency) {
  return SIGNED[currency].format(text);
}

/** Formats per cent, with the sign. */
export function formatPercent(text) {
  return `${SIGNED.USD.format(text)} %`;
}

/** Formats milliseconds: `0.8 ms`, `12 ms`, `3.4 s`. */
export function formatMs(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Tells the direction of a decimal text, without reading it as a number. */
export function directionOf(text) {
  if (text.startsWith("-")) return "down";
  return /[1-9]/.test(text) ? "up" : "flat";
}
