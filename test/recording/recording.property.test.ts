import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { replaySession } from "../../src/recording/replay.ts";
import type { DefaultApi } from "../../src/session/session-api.ts";
import type { Subscription } from "../../src/session/topics/subscription.ts";
import { recordedWorld } from "./support.ts";

const TOPICS = ["a", "b", "c"] as const;

const step = fc.oneof(
  fc.record({
    do: fc.constant("subscribe" as const),
    topic: fc.constantFrom(...TOPICS),
    order: fc.constantFrom("topic" as const, "connection" as const, "none" as const),
    onHandlerFailure: fc.constantFrom("isolate" as const, "stop-subscription" as const),
    isLoop: fc.boolean(),
  }),
  fc.record({ do: fc.constant("unsubscribe" as const), topic: fc.constantFrom(...TOPICS) }),
  fc.record({ do: fc.constant("publish" as const), topic: fc.constantFrom(...TOPICS) }),
  fc.record({ do: fc.constant("request" as const), deadlineMs: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ do: fc.constant("notify" as const) }),
  fc.record({ do: fc.constant("cut" as const) }),
  fc.record({ do: fc.constant("abort" as const) }),
  fc.record({ do: fc.constant("binary" as const) }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 900 }) }),
);

describe("a recording of any run", () => {
  it("replays byte for byte, from whatever line on it is cut off", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.nat(),
        fc.boolean(),
        async (steps, cutAt, isSlow) => {
          const world = recordedWorld({
            credentials: () => Promise.resolve("good-credentials"),
            reconnect: { initialDelayMs: 20 },
          });
          const { session, clock, server, network, recorded, text } = world;
          server.method(
            "wait",
            () => new Promise((resolve) => clock.setTimer(() => resolve(1), 20)),
          );
          const aborter = new AbortController();
          const { signal } = aborter;
          session.connect();
          await clock.advance(5);
          for (const each of steps) {
            switch (each.do) {
              case "subscribe": {
                const { order, onHandlerFailure, isLoop } = each;
                const subscription = session.subscribe<string>(each.topic, {
                  order,
                  onHandlerFailure,
                  signal,
                });
                const handler = slowly(isSlow, world, subscription);
                if (isLoop) void loop(subscription, handler);
                else subscription.on("event", handler);
                break;
              }
              case "unsubscribe":
                session.unsubscribe(each.topic);
                break;
              case "publish":
                server.topic(each.topic).publish({ at: clock.now() });
                break;
              case "request":
                session.request("wait", {}, { deadlineMs: each.deadlineMs });
                break;
              case "notify":
                try {
                  session.notify("tell", each);
                } catch {
                  // Closing, or not connected: the recording has that, too.
                }
                break;
              case "abort":
                aborter.abort();
                break;
              case "cut":
                network.link()?.cut();
                break;
              case "binary":
                network.link()?.inject("toClient", Uint8Array.of(0, 255, 10));
                break;
              case "advance":
                await clock.advance(each.ms);
            }
          }
          session.close();
          await clock.advance(6_000);
          recorded.end();
          const replay = await replaySession(text());
          expect(replay.session.stats()).toEqual(session.stats());
          const lines = text().split("\n");
          const kept = 1 + (cutAt % (lines.length - 1));
          const cut = await replaySession(`${lines.slice(0, kept).join("\n")}\n`);
          expect(cut.lines.length).toBeLessThanOrEqual(kept - 1);
        },
      ),
      { numRuns: 60 },
    );
  });
});

function slowly(
  isSlow: boolean,
  { clock, session }: ReturnType<typeof recordedWorld>,
  subscription: Subscription<DefaultApi, string>,
): (event: { readonly seq: number }) => void | Promise<void> {
  if (!isSlow) return ({ seq }) => void (seq === 3 && session.request("wait", {}));
  return async ({ seq }) => {
    await new Promise<void>((resolve) => clock.setTimer(resolve, 11));
    if (seq === 2) await subscription.unsubscribe();
    if (seq === 4) throw new Error("four");
  };
}

async function loop(
  subscription: Subscription<DefaultApi, string>,
  handler: (event: { readonly seq: number }) => void | Promise<void>,
): Promise<void> {
  try {
    for await (const event of subscription) await handler(event);
  } catch {
    // A loop that throws ends; the session goes on.
  }
}
