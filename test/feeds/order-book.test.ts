import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECIMAL_19_6 } from "../../src/decimal/index.ts";
import { type BookEntry, FeedError, OrderBook } from "../../src/feeds/index.ts";

const texts = (levels: readonly { price: unknown; size: unknown }[]): string[][] =>
  levels.map(({ price, size }) => [String(price), String(size)]);

describe("OrderBook", () => {
  it("orders prices as numbers, not as text, and exactly", () => {
    const book = new OrderBook({ priceType: DECIMAL_19_6, sizeType: DECIMAL_19_6 });
    book.replace({
      bids: [
        ["9.5", "1"],
        ["10.25", "2"],
        ["10.3", "3"],
      ],
      asks: [
        ["100", "1"],
        ["11", "2"],
        ["10.300001", "5"],
      ],
    });
    expect(texts(book.bids()).map(([price]) => price)).toEqual([
      "10.300000",
      "10.250000",
      "9.500000",
    ]);
    expect(texts(book.asks(2)).map(([price]) => price)).toEqual(["10.300001", "11.000000"]);
    expect(String(book.best().bid?.size)).toBe("3.000000");
  });

  it("sets sizes, and removes a level at zero however zero is written", () => {
    const book = new OrderBook();
    book.replace({
      bids: [
        ["1", "5"],
        ["2", "5"],
      ],
    });
    book.apply({
      bids: [
        ["1.0", "7"],
        ["2.00", "0.000"],
        ["3", "0"],
      ],
    });
    const { bids } = book.view() as { bids: readonly { price: { equals(n: bigint): boolean } }[] };
    expect(bids.length).toBe(1);
    expect(bids[0]?.price.equals(1n)).toBe(true);
    expect(book.best().ask).toBeUndefined();
    expect(book.asks()).toEqual([]);
  });

  it("is not shown before the first snapshot, nor from a gap to the next one", () => {
    const book = new OrderBook();
    expect(book.view()).toEqual({ state: "stale", reason: { type: "unsynced" } });
    expect(() => book.bids()).toThrow(FeedError);
    book.replace({ bids: [["1", "1"]] });
    const reason = { type: "gap", missing: { from: 3, to: 4 } } as const;
    book.invalidate(reason);
    expect(book.apply({ bids: [["2", "1"]] })).toBe(false);
    expect(book.staleReason).toEqual(reason);
    for (const read of [() => book.bids(), () => book.asks(), () => book.best()]) {
      expect(read).toThrow(expect.objectContaining({ code: "BOOK_STALE" }));
    }
    book.replace({ asks: [["5", "1"]] });
    expect(book.bids()).toEqual([]);
    expect(book.asks().length).toBe(1);
  });

  it.each([
    ["a price that is a number", [1.5 as never, "1"]],
    ["a price that is no decimal", ["1e5", "1"]],
    ["a price with more digits than its type", ["0.0000000000000000001", "1"]],
    ["a size below zero", ["1", "-1"]],
    ["an entry without a size", ["1"] as never],
  ])("becomes stale at %s, and applies nothing of the change", (_name, entry) => {
    const book = new OrderBook();
    book.replace({ bids: [["1", "1"]] });
    expect(book.apply({ bids: [["2", "2"], entry as unknown as BookEntry] })).toBe(false);
    expect(book.staleReason).toMatchObject({ type: "malformed", cause: expect.any(Error) });
    expect(() => book.best()).toThrow(
      expect.objectContaining({ code: "BOOK_STALE", cause: expect.any(Error) }),
    );
    expect(book.replace({ bids: [entry as unknown as BookEntry] })).toBe(false);
  });

  it("keeps the best levels where there are too many", () => {
    const book = new OrderBook({ maxLevels: 2 });
    book.replace({
      bids: [
        ["1", "1"],
        ["3", "1"],
        ["2", "1"],
      ],
      asks: [
        ["6", "1"],
        ["5", "1"],
        ["4", "1"],
      ],
    });
    expect([book.bids().map(({ price }) => price.units / 10n ** 18n), book.asks().length]).toEqual([
      [3n, 2n],
      2,
    ]);
    expect(() => new OrderBook({ maxLevels: 0 })).toThrow(RangeError);
  });

  it("shows no level beyond one that it has forgotten, until the next snapshot", () => {
    const book = new OrderBook({ maxLevels: 2, priceType: DECIMAL_19_6, sizeType: DECIMAL_19_6 });
    const snapshot: BookEntry[] = [
      ["100", "1"],
      ["99", "1"],
      ["98", "1"],
    ];
    book.replace({ bids: snapshot });
    book.apply({
      bids: [
        ["100", "0"],
        ["97", "1"],
      ],
    });
    // 98 is still bid, and forgotten: 97 would be shown as the next best.
    expect(texts(book.bids())).toEqual([["99.000000", "1.000000"]]);
    expect(book.apply({ bids: [["99", "0"]] })).toBe(false);
    expect(book.view()).toEqual({ state: "stale", reason: { type: "exhausted" } });
    expect(book.replace({ bids: snapshot.slice(1) })).toBe(true);
    book.apply({ bids: [["98", "0"]] });
    expect(book.apply({ bids: [["97", "1"]] })).toBe(true);
    expect(book.bids().length).toBe(2);
    expect(book.apply({ bids: [["99", "0"]] })).toBe(true);
    expect(book.apply({ bids: [["97", "0"]] })).toBe(true);
    expect(book.best()).toEqual({ bid: undefined, ask: undefined });
  });

  it("holds what a map of prices holds, in order, after any changes", () => {
    const entry = fc.tuple(
      fc.integer({ min: 1, max: 40 }).map((tenths) => `${Math.floor(tenths / 10)}.${tenths % 10}`),
      fc.integer({ min: 0, max: 3 }).map(String),
    );
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 5 }), { maxLength: 30 }), (changes) => {
        const book = new OrderBook();
        book.replace({});
        const model = new Map<string, string>();
        for (const asks of changes) {
          book.apply({ asks, bids: asks });
          for (const [price, size] of asks) {
            if (size === "0") model.delete(price);
            else model.set(price, size);
          }
        }
        const expected = [...model].toSorted(([a], [b]) => Number(a) - Number(b));
        const shown = (levels: readonly { price: unknown; size: unknown }[]): number[][] =>
          levels.map(({ price, size }) => [Number(String(price)), Number(String(size))]);
        const numbers = expected.map((pair) => pair.map(Number));
        expect(shown(book.asks())).toEqual(numbers);
        expect(shown(book.bids())).toEqual(numbers.toReversed());
        expect(shown(book.bids(3))).toEqual(numbers.toReversed().slice(0, 3));
      }),
    );
  });
});
