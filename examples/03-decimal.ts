// Prices an order book without losing a micro-unit. Run: npx tsx examples/03-decimal.ts
import {
  DECIMAL_19_6,
  DECIMAL_38_6,
  DecimalSum,
  KRX_TICK_BANDS,
  notional,
  reviver,
  tickSize,
  weightedAverage,
} from "orderly-ws/decimal";

// From the wire: prices and quantities are strings, and stay exact.
const wire =
  '{"asks":[["70100","120"],["70200","35.5"],["70300","999999999.123456"]],"fee":"0.000015"}';
const book = JSON.parse(wire, reviver({ fee: DECIMAL_19_6 }));
const asks = (book.asks as [string, string][]).map(([price, quantity]) => ({
  price: DECIMAL_19_6.parse(price),
  quantity: DECIMAL_19_6.parse(quantity),
}));

// Buy 200: walk the book. Amounts are DECIMAL(38,6): 10 trillion KRW is beyond DECIMAL(19,6).
let wanted = DECIMAL_19_6.parse("200");
const cost = new DecimalSum(DECIMAL_38_6);
const fills = [];
for (const { price, quantity } of asks) {
  const taken = quantity.lt(wanted) ? quantity : wanted;
  if (taken.isZero()) break;
  cost.add(notional(price, taken));
  fills.push([price, taken] as const);
  wanted = wanted.minus(taken);
}
const average = weightedAverage(fills, DECIMAL_19_6);
console.log(`average ${average}, cost ${cost.total().format("ko-KR", { currency: "KRW" })}`);

// A limit price must lie on a tick of the exchange.
const limit = average.quantize(tickSize(average, KRX_TICK_BANDS), "ceiling");
console.log(`limit ${limit}`);

// The fee is split between two desks; the parts add up to the last micro-unit.
const fee = cost.total().times(book.fee);
const [first, second] = fee.allocate([2n, 1n]);
console.log(`fee ${fee} = ${first} + ${second}`);

// The whole book: 70 trillion KRW, more than a DECIMAL(19,6) holds, or a double to the micro-unit.
const whole = DECIMAL_38_6.sum(asks.map(({ price, quantity }) => notional(price, quantity)));
const asNumbers = asks.reduce(
  (sum, ask) => sum + Number(`${ask.price}`) * Number(`${ask.quantity}`),
  0,
);
const { value, lost } = DECIMAL_38_6.fromUnsafeNumber(asNumbers);
console.log(`book ${whole}; in numbers ${value}, off by ${whole.minus(value).abs()} (and ${lost})`);

// To the column: bind the text to the placeholder. To Redis: a key whose byte order is numeric order.
console.log(`UPDATE books SET total = total + ${whole.type.placeholder} with ${whole.toSql()}`);
console.log(`sort key ${limit.toSortKey()}`);
console.log(JSON.stringify({ limit, whole }));
