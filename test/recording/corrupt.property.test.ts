import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { latest, sample } from "../../src/index.ts";
import { RecordingError, replaySession } from "../../src/recording/index.ts";
import { recordedWorld } from "./support.ts";

let text: string;

beforeAll(async () => {
  const world = recordedWorld({ credentials: async () => "good", pingIntervalMs: 50 });
  const { session, clock, server, recorded, network } = world;
  session.connect();
  const slow = session.subscribe(["a", "b"], { delivery: latest({ key: "k" }), order: "none" });
  slow.on("event", async () => {});
  session.subscribe("c", { delivery: sample(20), since: { last: 3 } }).on("event", () => {});
  await clock.advance(10);
  for (const topic of ["a", "b", "c", "a"]) server.topic(topic).publish({ k: topic });
  session.request("no.such", { deep: [1, { x: null }] }, { idempotencyKey: "once" });
  await clock.advance(100);
  network.links.at(-1)?.cut();
  await clock.advance(5_000);
  session.notify("note", "text");
  session.close();
  await clock.advance(10);
  recorded.end();
  text = world.text();
});

/** Something that may stand in a file where something else stood before. */
const bytes = fc.oneof(
  fc.constantFrom("", "\n", '"', "{", "}", "[", "]", ",", ":", "-", "0", "9", "e999", "null"),
  fc.constantFrom("__proto__", "constructor", "\u0000", "\ud800", "1e308", "-1", "0.5", "true"),
  fc.string({ maxLength: 6 }),
);

const damage = fc.record({ at: fc.nat(), length: fc.nat(12), put: bytes });

it("a recording that is corrupt anywhere replays as it is, or is refused with a RecordingError: nothing else", async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (places) => {
      let corrupt = text;
      for (const { at, length, put } of places) {
        const start = at % corrupt.length;
        corrupt = corrupt.slice(0, start) + put + corrupt.slice(start + length);
      }
      const error = await replaySession(corrupt).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) return;
      refused += 1;
      expect(error).toBeInstanceOf(RecordingError);
    }),
    { numRuns: 600, seed: 20_261_122 },
  );
  expect(refused).toBeGreaterThan(400);
});
