import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Connection } from "mysql2/promise";
import { DECIMAL_19_6, type Decimal, DecimalSum, decimal, notional } from "orderly-ws/decimal";
import { expectTypeOf, it } from "vitest";

declare const price: Decimal;
declare const connection: Connection;

it("refuses a JavaScript number wherever a decimal is wanted", () => {
  // @ts-expect-error a number may have lost digits already
  DECIMAL_19_6.parse(12.5);
  // @ts-expect-error a number may have lost digits already
  DECIMAL_19_6.from(12.5);
  // @ts-expect-error units are a bigint
  DECIMAL_19_6.fromUnits(12);
  // @ts-expect-error a number is no operand
  price.plus(1);
  // @ts-expect-error a number is no operand
  price.times(0.5);
  // @ts-expect-error a number is no operand
  price.compare(1);
  // @ts-expect-error a number is no step
  price.quantize(5);
  // @ts-expect-error a number is no ratio
  price.allocate([1, 2]);
  // @ts-expect-error a number is no quantity
  notional(price, 2);
  // @ts-expect-error a number is no amount
  new DecimalSum(DECIMAL_19_6).add(1);
  // @ts-expect-error a text is parsed first
  price.plus("1");
});

it("refuses arithmetic by operators", () => {
  // @ts-expect-error use minus()
  void (price - price);
  // @ts-expect-error use times()
  void (price * 2);
  // @ts-expect-error use gt()
  void (price > 1);
});

it("refuses modes and values that only look right", () => {
  // @ts-expect-error no such mode
  decimal(19, 6, { rounding: "nearest" });
  // @ts-expect-error values are made by types
  const look: Decimal = { units: 1n, type: DECIMAL_19_6 };
  void look;
});

it("is refused by mysql2's execute(), where it would arrive in quotes", () => {
  // @ts-expect-error bind price.toSql()
  void connection.execute("SELECT ?", [price]);
  void connection.execute("SELECT ?", [price.toSql()]);
});

it("infers what a Standard Schema takes and gives", () => {
  expectTypeOf<StandardSchemaV1.InferOutput<typeof DECIMAL_19_6>>().toEqualTypeOf<Decimal>();
  expectTypeOf<StandardSchemaV1.InferInput<typeof DECIMAL_19_6>>().toEqualTypeOf<
    string | Decimal
  >();
  expectTypeOf(DECIMAL_19_6).toExtend<StandardSchemaV1>();
});

it("gives exact unions", () => {
  expectTypeOf(price.compare(1n)).toEqualTypeOf<-1 | 0 | 1>();
  expectTypeOf(price.sign()).toEqualTypeOf<-1 | 0 | 1>();
});
