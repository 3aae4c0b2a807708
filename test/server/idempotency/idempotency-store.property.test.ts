import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  IdempotencyStore,
  type KeyedCall,
  type KeyedRun,
} from "../../../src/server/idempotency/idempotency-store.ts";

const EPOCH = "e";
const WINDOW_MS = 100;

/** What happens next: a call written some time ago arrives, a run ends, or time passes. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("call" as const),
      key: fc.nat(5),
      latencyMs: fc.nat(60),
      isNew: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("end" as const),
      which: fc.nat(9),
      size: fc.nat(400),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("time" as const), ms: fc.nat(60) }) },
);

/** A client's request: when it was first written, and how often. */
interface Request {
  readonly key: string;
  readonly writtenMs: number;
  attempts: number;
  /** How often it ran. */
  runs: number;
}

describe("IdempotencyStore, against clients that send again and again", () => {
  it("never lets a request run twice, whatever is forgotten and however long a retry was on its way", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, entries) => {
          const store = new IdempotencyStore(EPOCH, {
            dedupWindowMs: WINDOW_MS,
            maxIdempotencyEntries: entries,
            maxIdempotencyBytes: 2_000,
            methodTimeoutMs: 1_000,
          });
          let nowMs = 1_000;
          const requests = new Map<number, Request>();
          const running: KeyedRun[] = [];
          for (const one of steps) {
            if (one.type === "time") {
              nowMs += one.ms;
              store.sweep(nowMs);
            } else if (one.type === "end") {
              const [run] = running.splice(one.which % Math.max(1, running.length), 1);
              if (run !== undefined) {
                store.settle(run, { body: "x".repeat(one.size), error: null }, nowMs);
              }
            } else {
              const sentMs = nowMs - one.latencyMs;
              let request = requests.get(one.key);
              if (request === undefined || (one.isNew && request.runs === 0)) {
                // Keys of requests differ, however often a number is drawn.
                request = { key: `${one.key} ${nowMs}`, writtenMs: sentMs, attempts: 0, runs: 0 };
                requests.set(one.key, request);
              }
              request.attempts += 1;
              const call: KeyedCall = {
                method: "m",
                params: { key: one.key },
                caller: "c",
                isCallerLasting: true,
                connectedMs: sentMs,
                idempotency: {
                  key: request.key,
                  attempt: request.attempts,
                  epoch: EPOCH,
                  ageMs: Math.max(0, sentMs - request.writtenMs),
                },
                abort: () => {},
              };
              const claim = store.claim(call, nowMs);
              if (claim.type === "run") {
                request.runs += 1;
                running.push(claim.run);
              }
              expect(request.runs).toBeLessThanOrEqual(1);
              if (claim.type === "repeat") expect(request.runs).toBe(1);
            }
            expect(store.size).toBeLessThanOrEqual(entries);
            expect(store.bytes).toBeLessThanOrEqual(2_000);
          }
        },
      ),
      { numRuns: 3_000, seed: 20_231_122 },
    );
  });
});
