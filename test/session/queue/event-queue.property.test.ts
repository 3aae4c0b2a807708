import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../src/session/queue/event-queue.ts";

/** A promise and who resolves it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** What the handler of one event does. */
interface Act {
  readonly isControl: boolean;
  readonly does: "nothing" | "throws" | "waits" | "rejects";
  /** Events that it posts. */
  readonly posts: readonly Act[];
}

const { act } = fc.letrec<{ act: Act }>((tie) => ({
  act: fc.record({
    isControl: fc.boolean(),
    does: fc.constantFrom("nothing", "nothing", "throws", "waits", "rejects"),
    posts: fc.oneof(
      { depthSize: "small" },
      fc.constant<readonly Act[]>([]),
      fc.array(tie("act"), { maxLength: 3 }),
    ),
  }),
}));

/** Numbers acts in the order in which a queue must handle them. */
function expectedOrder(acts: readonly Act[]): readonly Act[] {
  const order: Act[] = [];
  const control: Act[] = [];
  const data: Act[] = [];
  const post = (one: Act): void => {
    (one.isControl ? control : data).push(one);
  };
  for (const one of acts) post(one);
  for (;;) {
    const next = control.shift() ?? data.shift();
    if (next === undefined) return order;
    order.push(next);
    for (const one of next.posts) post(one);
  }
}

describe("EventQueue, whatever its handlers do", () => {
  it("handles every event once, one at a time, by priority and then in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        const order: Act[] = [];
        const failed: Act[] = [];
        let running = 0;
        const queue = new EventQueue<{ act: Act }>({
          handlers: {
            act: (one) => {
              expect(running).toBe(0);
              order.push(one);
              for (const next of one.posts) queue.post("act", next, priorityOf(next));
              if (one.does === "throws") throw new Error("a handler");
              if (one.does === "nothing") return;
              running += 1;
              return Promise.resolve().then(() => {
                running -= 1;
                if (one.does === "rejects") throw new Error("a handler");
              });
            },
          },
          onError: ({ event }) => failed.push(event.payload),
        });
        for (const one of acts) queue.post("act", one, priorityOf(one));
        await queue.idle();
        expect(order).toHaveLength(expectedOrder(acts).length);
        expect(failed).toEqual(order.filter(({ does }) => does === "throws" || does === "rejects"));
        expect(queue.depth).toBe(0);
      }),
    );
  });

  it("handles what waits together by priority and then in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        const order: Act[] = [];
        const start = deferred();
        const queue = new EventQueue<{ hold: undefined; act: Act }>({
          handlers: {
            hold: () => start.promise,
            act: (one) => {
              order.push(one);
              for (const next of one.posts) queue.post("act", next, priorityOf(next));
              if (one.does === "throws") throw new Error("a handler");
              if (one.does === "nothing") return;
              return one.does === "waits" ? Promise.resolve() : Promise.reject(new Error("later"));
            },
          },
        });
        queue.post("hold", undefined);
        for (const one of acts) queue.post("act", one, priorityOf(one));
        start.resolve();
        await queue.idle();
        expect(order).toEqual(expectedOrder(acts));
      }),
    );
  });

  it("never holds more than maxDepth events, and counts each that it dropped", async () => {
    const posts = fc.array(fc.boolean(), { maxLength: 30 });
    const policies = fc.constantFrom("drop-newest" as const, "drop-oldest" as const);
    await fc.assert(
      fc.asyncProperty(
        posts,
        policies,
        fc.integer({ min: 1, max: 5 }),
        async (list, overflow, maxDepth) => {
          const start = deferred();
          let handled = 0;
          const queue = new EventQueue<{ hold: undefined; count: number }>({
            handlers: {
              hold: () => start.promise,
              count: () => {
                handled += 1;
              },
            },
            overflow,
            maxDepth,
          });
          queue.post("hold", undefined);
          for (const [number, isControl] of list.entries()) {
            const accepted = queue.post("count", number, isControl ? "control" : "data");
            expect(queue.depth).toBeLessThanOrEqual(maxDepth);
            if (overflow === "drop-oldest") expect(accepted).toBe(true);
          }
          start.resolve();
          await queue.idle();
          expect(handled + queue.dropped).toBe(list.length);
          expect(handled).toBe(Math.min(list.length, maxDepth));
        },
      ),
    );
  });
});

function priorityOf({ isControl }: Act): "control" | "data" {
  return isControl ? "control" : "data";
}
