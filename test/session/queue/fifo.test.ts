import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fifo } from "../../../src/session/queue/fifo.ts";

type Action =
  | { readonly do: "push"; readonly times: number }
  | { readonly do: "shift"; readonly times: number }
  | { readonly do: "retain"; readonly keepEvery: number }
  | { readonly do: "drain" };

const times = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(1_500, 3_000));
const actions = fc.array(
  fc.oneof<fc.Arbitrary<Action>[]>(
    fc.record({ do: fc.constant("push" as const), times }),
    fc.record({ do: fc.constant("push" as const), times }),
    fc.record({ do: fc.constant("shift" as const), times }),
    fc.record({ do: fc.constant("retain" as const), keepEvery: fc.integer({ min: 1, max: 3 }) }),
    fc.constant<Action>({ do: "drain" }),
  ),
  { maxLength: 12 },
);

describe("Fifo", () => {
  it("is an array whose shift is fast, whatever is done to it", () => {
    fc.assert(
      fc.property(actions, (list) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const action of list) {
          if (action.do === "push")
            for (let time = 0; time < action.times; time += 1) {
              fifo.push(next);
              model.push(next);
              next += 1;
            }
          else if (action.do === "shift")
            for (let time = 0; time < action.times; time += 1)
              expect(fifo.shift()).toBe(model.shift());
          else if (action.do === "retain") {
            fifo.retain((item) => item % action.keepEvery === 0);
            model = model.filter((item) => item % action.keepEvery === 0);
          } else {
            expect(fifo.drain()).toEqual(model);
            model = [];
          }
          expect(fifo.size).toBe(model.length);
          expect(fifo.peek()).toBe(model[0]);
        }
        expect([...fifo]).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });
});
