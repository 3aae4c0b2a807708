import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InFlight } from "../../../src/session/operations/in-flight.ts";

type Action =
  /** Adds many, whose ids are so far apart. */
  | { readonly do: "add"; readonly times: number; readonly apart: number }
  /** Takes every nth of those that wait, the oldest first or last. */
  | { readonly do: "answer"; readonly every: number; readonly isReversed: boolean }
  | { readonly do: "drain" };

const add = fc.record({
  do: fc.constant("add" as const),
  times: fc.constantFrom(1, 2, 15, 17, 64, 1_100),
  apart: fc.constantFrom(1, 2, 16, 1_024, 5_000),
});
const actions = fc.array(
  fc.oneof<fc.Arbitrary<Action>[]>(
    add,
    add,
    fc.record({
      do: fc.constant("answer" as const),
      every: fc.integer({ min: 1, max: 3 }),
      isReversed: fc.boolean(),
    }),
    fc.constant<Action>({ do: "drain" }),
  ),
  { maxLength: 12 },
);

describe("InFlight", () => {
  it("is a map of growing ids, whatever is done to it", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const inFlight = new InFlight<string>();
        const model = new Map<number, string>();
        let id = 0;
        for (const action of list) {
          if (action.do === "add")
            for (let time = 0; time < action.times; time += 1) {
              id += action.apart;
              inFlight.add(id, `op ${id}`);
              model.set(id, `op ${id}`);
            }
          else if (action.do === "answer") {
            const ids = [...model.keys()].filter((_, index) => index % action.every === 0);
            for (const answered of action.isReversed ? ids.reverse() : ids) {
              expect(inFlight.get(answered)).toBe(model.get(answered));
              inFlight.delete(answered);
              inFlight.delete(answered);
              model.delete(answered);
              expect(inFlight.get(answered)).toBeUndefined();
            }
          } else {
            expect(inFlight.drain()).toEqual([...model.values()]);
            model.clear();
          }
          expect(inFlight.size).toBe(model.size);
          expect(new Set(inFlight)).toEqual(new Set(model.values()));
        }
        for (const [waiting, value] of model) expect(inFlight.get(waiting)).toBe(value);
        expect(inFlight.get(id + 1)).toBeUndefined();
        expect(inFlight.get(0)).toBeUndefined();
        expect(inFlight.get(-1)).toBeUndefined();
        expect(inFlight.get(1.5)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
