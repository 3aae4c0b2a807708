import Big from "big.js";
import fc from "fast-check";
import { DECIMAL_19_6, DECIMAL_38_6, type Decimal, decimal } from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { RUNS, unitsOf } from "./support/operands.ts";

const refusal = (code: string): unknown => expect.objectContaining({ name: "DecimalError", code });

describe("Decimal.toString", () => {
  it("has all of the type's digits, no exponent and no negative zero, in every type", () => {
    const types = [
      DECIMAL_19_6,
      DECIMAL_38_6,
      decimal(65, 30),
      decimal(30, 30),
      decimal(18, 0),
      decimal(9, 3),
    ];
    const value = fc
      .nat(types.length - 1)
      .map((index) => types[index] as (typeof types)[number])
      .chain((type) => unitsOf(type).map((units) => type.fromUnits(units)));
    fc.assert(
      fc.property(value, (each) => {
        const { scale } = each.type;
        const text = each.toString();
        const expected = new Big(`${each.units}e-${scale}`).toFixed(scale);
        if (text !== expected || !each.type.parse(text).equals(each)) expect(text).toBe(expected);
      }),
      { ...RUNS, numRuns: 50_000 },
    );
  });

  it.each([
    [999_999_999_999_999n, "999999999.999999"],
    [1_000_000_000_000_000n, "1000000000.000000"],
    [-999_999_999_999_999n, "-999999999.999999"],
    [9_007_199_254_740_991n, "9007199254.740991"],
    [9_007_199_254_740_992n, "9007199254.740992"],
    [-9_007_199_254_740_993n, "-9007199254.740993"],
    [18_446_744_073_709_551_617n, "18446744073709.551617"],
    [-18_446_744_073_709_551_617n, "-18446744073709.551617"],
    [1_000_000_000n, "1000.000000"],
    [999_000_000n, "999.000000"],
    [1_000_000_000_000n, "1000000.000000"],
    [1n, "0.000001"],
    [-1_001n, "-0.001001"],
  ])("writes %s micro-units at the edges of its fast path", (units, text) => {
    expect(DECIMAL_38_6.fromUnits(units).toString()).toBe(text);
    expect(DECIMAL_38_6.parse(text).units).toBe(units);
  });
});

describe("Decimal.format", () => {
  const won = DECIMAL_38_6.parse("1234567890123456789012345.123456");

  it("shows the type's digits by default, KRW's micro-units included", () => {
    expect(won.format("ko-KR", { currency: "KRW" })).toBe(
      "₩1,234,567,890,123,456,789,012,345.123456",
    );
    expect(won.format("en-IN")).toBe("12,34,56,78,90,12,34,56,78,90,12,345.123456");
    expect(won.format("de-DE", { currency: "EUR", digits: 2 })).toBe(
      "1.234.567.890.123.456.789.012.345,12\u00a0€",
    );
  });

  it("is exact beyond the 20 fraction digits that Intl had", () => {
    const fine = decimal(65, 30).parse("-12345.123456789012345678901234567891");
    expect(fine.format("en-US")).toBe("-12,345.123456789012345678901234567891");
    expect(fine.format("en-US", { digits: 29 })).toBe("-12,345.12345678901234567890123456789");
    expect(fine.format("en-US", { digits: 40 })).toBe(
      `-12,345.123456789012345678901234567891${"0".repeat(10)}`,
    );
  });

  it("rounds by the type's mode, and shows no negative zero", () => {
    const down = decimal(19, 6, { rounding: "down" });
    expect(DECIMAL_19_6.parse("1.995").format("en-US", { digits: 2 })).toBe("2.00");
    expect(down.parse("1.995").format("en-US", { digits: 2 })).toBe("1.99");
    expect(DECIMAL_19_6.parse("-0.5").format("en-US")).toBe("-0.500000");
    expect(DECIMAL_19_6.parse("-0.004").format("en-US", { digits: 2 })).toBe("0.00");
    expect(DECIMAL_19_6.parse("-0.5").format("ko-KR", { currency: "KRW", digits: 0 })).toBe("-₩1");
    expect(DECIMAL_19_6.parse("0.4").format("ko-KR", { currency: "KRW", digits: 0 })).toBe("₩0");
  });

  it("uses the locale's own digits, also by an Intl.Locale or a list", () => {
    const value = DECIMAL_19_6.parse("-1234.5");
    const arabic = new Intl.NumberFormat("ar-EG", { minimumFractionDigits: 6 }).format(-1234.5);
    expect(value.format("ar-EG")).toBe(arabic);
    expect(value.format(new Intl.Locale("ar-EG"))).toBe(arabic);
    expect(value.format(new Intl.Locale("en-US"))).toBe("-1,234.500000");
    expect(value.format(["xx-XX", "de-DE"])).toBe("-1.234,500000");
    expect(value.format()).toBe(
      new Intl.NumberFormat(undefined, { minimumFractionDigits: 6 }).format(-1234.5),
    );
  });

  it("agrees with Intl wherever a double is exact", () => {
    const locales = ["en-US", "ko-KR", "de-CH", "fr-FR", "hi-IN", "es-ES", "fa-IR", "ja-JP"];
    const printers = locales.map((locale) => ({
      locale,
      plain: new Intl.NumberFormat(locale, { minimumFractionDigits: 6 }),
      money: new Intl.NumberFormat(locale, {
        style: "currency",
        currency: "USD",
        minimumFractionDigits: 6,
      }),
    }));
    fc.assert(
      fc.property(fc.nat(printers.length - 1), fc.integer(), (index, eighths) => {
        const { locale, plain, money } = printers[index] as (typeof printers)[number];
        const value = DECIMAL_19_6.fromUnits(BigInt(eighths) * 125_000n);
        expect(value.format(locale)).toBe(plain.format(eighths / 8 + 0));
        expect(value.format(locale, { currency: "USD" })).toBe(money.format(eighths / 8 + 0));
      }),
      { ...RUNS, numRuns: 2_000 },
    );
  });

  it("does not keep a printer for every locale that a peer thinks of", () => {
    const value = DECIMAL_19_6.parse("1.5");
    for (let index = 0; index < 200; index += 1) {
      const region = `x-a${index}`;
      expect(value.format(`en-US-${region}`)).toBe("1.500000");
    }
  });

  it.each([-1, 101, 1.5, Number.NaN, "2"])("refuses %s digits", (digits) => {
    expect(() => DECIMAL_19_6.zero.format("en-US", { digits: digits as number })).toThrow(
      refusal("DECIMAL_TYPE"),
    );
  });

  it("lets Intl refuse what is no locale or currency", () => {
    expect(() => DECIMAL_19_6.zero.format("not a locale")).toThrow(RangeError);
    expect(() => DECIMAL_19_6.zero.format("en-US", { currency: "won" + "!" })).toThrow(RangeError);
  });
});

describe("Decimal.toSortKey", () => {
  const of = (text: string): Decimal => decimal(5, 2).parse(text);

  it("is p + 1 digits: 1 and the magnitude, or 0 and its complement", () => {
    expect(of("12.5").toSortKey()).toBe("101250");
    expect(of("0").toSortKey()).toBe("100000");
    expect(of("-0.01").toSortKey()).toBe("099998");
    expect(of("-999.99").toSortKey()).toBe("000000");
    expect(of("999.99").toSortKey()).toBe("199999");
    expect(DECIMAL_38_6.max.toSortKey()).toBe(`1${"9".repeat(38)}`);
  });

  it("orders bytes as the numbers are ordered, and is read back", () => {
    for (const type of [DECIMAL_19_6, DECIMAL_38_6, decimal(65, 30), decimal(1, 0)]) {
      fc.assert(
        fc.property(unitsOf(type), unitsOf(type), (left, right) => {
          const [a, b] = [type.fromUnits(left), type.fromUnits(right)];
          const [x, y] = [a.toSortKey(), b.toSortKey()];
          const order = Buffer.compare(Buffer.from(x), Buffer.from(y));
          const isRead =
            type.fromSortKey(x).equals(a) && /^\d+$/.test(x) && x.length === type.precision + 1;
          if (order !== a.compare(b) || !isRead) expect([x, y]).toBe(`keys of ${a} and ${b}`);
        }),
        { ...RUNS, numRuns: 25_000 },
      );
    }
  });

  it.each([
    "",
    "1",
    "2000000",
    "0123456",
    "10012",
    "1001250",
    "x01250",
    "1 1250",
    "10125x",
    "099999",
  ])("is not read from %j", (key) => {
    expect(() => decimal(5, 2).fromSortKey(key)).toThrow(refusal("DECIMAL_SYNTAX"));
  });

  it("is not read from what is no text", () => {
    expect(() => DECIMAL_19_6.fromSortKey(1 as never)).toThrow(refusal("DECIMAL_NUMBER"));
    expect(() => DECIMAL_19_6.fromSortKey(null as never)).toThrow(refusal("DECIMAL_TYPE"));
  });
});
