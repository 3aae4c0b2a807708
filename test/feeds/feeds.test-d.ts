import type { Session, Subscription } from "orderly-ws";
import type { Decimal } from "orderly-ws/decimal";
import {
  OrderBook,
  RangeRecovery,
  Sequencer,
  SnapshotSync,
  watchSubscription,
} from "orderly-ws/feeds";
import { describe, expectTypeOf, it } from "vitest";

interface Trade {
  readonly n: number;
}

interface Api {
  topics: { "quotes:${string}": number };
  methods: Record<never, never>;
}

describe("orderly-ws/feeds", () => {
  it("gives each listener the messages of its feed", () => {
    new Sequencer<Trade>(
      { seq: ({ n }) => ({ last: n }) },
      {
        delivered: (message) => expectTypeOf(message).toEqualTypeOf<Trade>(),
        missing: ({ from, to }) => expectTypeOf([from, to]).toEqualTypeOf<number[]>(),
      },
    );
    // @ts-expect-error a span has a last number
    new Sequencer<Trade>({ seq: ({ n }) => ({ first: n }) }, { delivered: () => {} });
    // @ts-expect-error what is delivered must be taken
    new Sequencer<Trade>({ seq: ({ n }) => ({ last: n }) }, {});
  });

  it("fetches what the feed is made of", () => {
    const options = { seq: ({ n }: Trade) => ({ last: n }) };
    new RangeRecovery<Trade>(
      { ...options, fetchRange: async ({ from }) => [{ n: from }] },
      { delivered: () => {}, failed: ({ code }) => expectTypeOf(code).toExtend<string>() },
    );
    // @ts-expect-error trades, not numbers
    new RangeRecovery<Trade>({ ...options, fetchRange: async () => [1] }, { delivered: () => {} });
    new SnapshotSync<Trade, readonly string[]>(
      { ...options, fetchSnapshot: async () => ({ last: 1, value: ["a"] }) },
      {
        synced: (value, last) => {
          expectTypeOf(value).toEqualTypeOf<readonly string[]>();
          expectTypeOf(last).toEqualTypeOf<number>();
        },
        changed: (message) => expectTypeOf(message).toEqualTypeOf<Trade>(),
      },
    );
  });

  it("shows a book only once its state was asked for, and takes no JavaScript number", () => {
    const book = new OrderBook();
    book.apply({ bids: [["1", "2"]] });
    // @ts-expect-error a number has lost its digits already
    book.apply({ bids: [[1, "2"]] });
    const view = book.view();
    // @ts-expect-error a stale book has no bids
    view.bids;
    if (view.state === "live")
      expectTypeOf(view.bids[0]?.price).toEqualTypeOf<Decimal | undefined>();
    else expectTypeOf(view.reason.type).toExtend<string>();
  });

  it("names the topics of the subscription that it watches", () => {
    const session = {} as Session<Api>;
    const quotes = {} as Subscription<Api, "quotes:A" | "quotes:B">;
    const stop = watchSubscription(session, quotes, {
      expectEveryMs: 1,
      onStale: (topic) => expectTypeOf(topic).toEqualTypeOf<"quotes:A" | "quotes:B">(),
    });
    expectTypeOf(stop).toEqualTypeOf<() => void>();
    // @ts-expect-error who is told of silence must be said
    watchSubscription(session, quotes, { expectEveryMs: 1 });
  });
});
