import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MissingRange, Sequencer, type SequenceSpan } from "../../src/feeds/index.ts";

/** A feed of `last` numbers, cut into messages of one to four numbers each. */
const feed = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 60 })
  .map((sizes) => {
    const spans: Required<SequenceSpan>[] = [];
    let previous = 0;
    for (const size of sizes) {
      spans.push({ first: previous + 1, last: previous + size, previous });
      previous += size;
    }
    return spans;
  });

/** What a bad network makes of it: each message lost, kept or doubled, and out of place. */
const damaged = feed.chain((spans) =>
  fc.record({
    spans: fc.constant(spans),
    arrivals: fc
      .array(
        fc.record({
          copies: fc.integer({ min: 0, max: 3 }),
          late: fc.integer({ min: 0, max: 20 }),
        }),
        { minLength: spans.length, maxLength: spans.length },
      )
      .map((fates) =>
        spans
          .flatMap((span, index) => {
            const { copies, late } = fates[index] as { copies: number; late: number };
            return Array.from({ length: copies }, (_, copy) => ({ span, at: index + late * copy }));
          })
          .toSorted((a, b) => a.at - b.at)
          .map(({ span }) => span),
      ),
    maxHeld: fc.integer({ min: 0, max: 30 }),
  }),
);

type Told =
  | {
      readonly type: "delivered" | "duplicated" | "regressed";
      readonly span: Required<SequenceSpan>;
    }
  | ({ readonly type: "missing" | "lost" } & MissingRange);

function tell(maxHeld: number): { sequencer: Sequencer<Required<SequenceSpan>>; told: Told[] } {
  const told: Told[] = [];
  const sequencer = new Sequencer<Required<SequenceSpan>>(
    { seq: (span) => span, startAfter: 0, maxHeld },
    {
      delivered: (span) => told.push({ type: "delivered", span }),
      duplicated: (span) => told.push({ type: "duplicated", span }),
      regressed: (span) => told.push({ type: "regressed", span }),
      missing: (range) => told.push({ type: "missing", ...range }),
      lost: (range) => told.push({ type: "lost", ...range }),
    },
  );
  return { sequencer, told };
}

/** The numbers delivered and lost, in the order told. */
function numbers(told: readonly Told[]): number[] {
  return told.flatMap((each) => {
    if (each.type === "lost") return range(each.from, each.to);
    return each.type === "delivered" ? range(each.span.first, each.span.last) : [];
  });
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("Sequencer", () => {
  it("delivers the exact sequence, or tells exactly what is lost, whatever the network did", () => {
    fc.assert(
      fc.property(damaged, ({ arrivals, maxHeld }) => {
        const { sequencer, told } = tell(maxHeld);
        for (const span of arrivals) {
          sequencer.push(span);
          expect(sequencer.held).toBeLessThanOrEqual(maxHeld);
        }
        sequencer.giveUp();
        const highest = Math.max(0, ...arrivals.map(({ last }) => last));
        expect(numbers(told)).toEqual(range(1, highest));
        expect(sequencer.missing).toEqual([]);
        // Nothing disappears without a word.
        const seen = told.filter(({ type }) => type !== "missing" && type !== "lost");
        expect(seen.length).toBe(arrivals.length);
      }),
    );
  });

  it("tells each missing number once, and only what is really missing then", () => {
    fc.assert(
      fc.property(damaged, ({ arrivals }) => {
        const { sequencer, told } = tell(1_000);
        const announced = new Set<number>();
        const arrived = new Set<number>();
        for (const span of arrivals) {
          const before = told.length;
          sequencer.push(span);
          for (const each of told.slice(before)) {
            if (each.type !== "missing") continue;
            for (const number of range(each.from, each.to)) {
              expect([announced.has(number), arrived.has(number)]).toEqual([false, false]);
              announced.add(number);
            }
          }
          for (const number of range(span.first, span.last)) arrived.add(number);
        }
        const missing = sequencer.missing.flatMap(({ from, to }) => range(from, to));
        expect(missing).toEqual([...announced].filter((number) => !arrived.has(number)));
      }),
    );
  });

  it("loses nothing where nothing is lost and enough can be held", () => {
    fc.assert(
      fc.property(feed, fc.infiniteStream(fc.nat()), (spans, order) => {
        const { sequencer, told } = tell(100);
        const shuffled = spans
          .map((span) => ({ span, key: order.next().value as number }))
          .toSorted((a, b) => a.key - b.key);
        for (const { span } of shuffled) sequencer.push(span);
        const delivered = told.filter(({ type }) => type === "delivered");
        expect(delivered).toEqual(spans.map((span) => ({ type: "delivered", span })));
        expect(told.some(({ type }) => type === "lost")).toBe(false);
      }),
    );
  });

  it("goes on behind a snapshot as if the feed had begun there", () => {
    fc.assert(
      fc.property(damaged, fc.nat(), ({ spans, arrivals }, at) => {
        const { sequencer, told } = tell(1_000);
        const half = Math.floor(arrivals.length / 2);
        for (const span of arrivals.slice(0, half)) sequencer.push(span);
        const position = Math.max(
          sequencer.position ?? 0,
          spans[at % spans.length]?.last as number,
        );
        told.length = 0;
        sequencer.resumeAfter(position);
        for (const span of arrivals.slice(half)) sequencer.push(span);
        sequencer.giveUp();
        const highest = Math.max(position, ...arrivals.map(({ last }) => last));
        expect(numbers(told)).toEqual(range(position + 1, highest));
      }),
    );
  });
});
