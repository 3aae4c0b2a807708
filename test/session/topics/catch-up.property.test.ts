import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryResult } from "../../../src/protocol/json-rpc/messages.ts";
import { createCounters } from "../../../src/session/counters.ts";
import type { HistoryOperation } from "../../../src/session/operations/history-operation.ts";
import type { Operations } from "../../../src/session/operations/operations.ts";
import { CatchUp } from "../../../src/session/topics/catch-up.ts";
import { type Subscriber, TopicChannel } from "../../../src/session/topics/topic-channel.ts";
import type { TopicEvent, TopicGap } from "../../../src/session/topics/topic-event.ts";

/** What happens next, to a topic and to one subscription of it that is behind its channel. */
type Step =
  | { readonly do: "publish"; readonly times: number }
  /** The channel receives what was published: event by event, as one that stands for several, or as a gap. */
  | { readonly do: "receive"; readonly times: number; readonly as: "events" | "one" | "gap" }
  /** The reading of the history that is under way ends. */
  | { readonly do: "answer"; readonly pageLength: number }
  /** It is refused: for good, or for now, and then it is asked for again. */
  | { readonly do: "refuse"; readonly code: "FORBIDDEN" | "RATE_LIMITED" }
  | { readonly do: "lose" }
  | { readonly do: "forget"; readonly times: number }
  /** Handlers are done with so many: there is room for more. */
  | { readonly do: "handle"; readonly times: number };

const times = fc.integer({ min: 1, max: 4 });
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({ do: fc.constant("publish" as const), times }),
  fc.record({
    do: fc.constant("receive" as const),
    times,
    as: fc.constantFrom("events" as const, "one" as const, "gap" as const),
  }),
  fc.record({ do: fc.constant("answer" as const), pageLength: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ do: fc.constant("answer" as const), pageLength: fc.constant(1_000) }),
  fc.record({ do: fc.constant("handle" as const), times }),
  fc.constantFrom<Step>(
    { do: "refuse", code: "FORBIDDEN" },
    { do: "refuse", code: "RATE_LIMITED" },
    { do: "lose" },
    { do: "forget", times: 2 },
  ),
);

/** A topic of a peer's, its channel here, and a subscription that reads the history for itself. */
class World {
  readonly channel: TopicChannel;
  readonly catchUp: CatchUp;
  /** What the subscription was told, in order. */
  readonly told: (
    | { readonly kind: "event"; readonly value: TopicEvent }
    | { readonly kind: "gap"; readonly value: TopicGap }
  )[] = [];
  published: number;
  #forgottenUntil = 0;
  #room: number;
  #reading: HistoryOperation | undefined;
  #mustGoOn = false;

  constructor(behind: number, isThinned: boolean, room: number) {
    this.published = behind;
    this.#room = room;
    const world = this;
    const subscriber = {
      feed: {
        get room() {
          return world.#room;
        },
        get overflowing() {
          return world.#room <= 0;
        },
        accept(kind: "event" | "gap", value: never) {
          if (kind === "event") world.#room -= 1;
          world.told.push({ kind, value });
        },
      },
      channelLive() {},
      established: true,
    } as unknown as Subscriber;
    const operations = {
      ready: true,
      write: (operation: HistoryOperation) => {
        world.#reading = operation;
      },
    } as unknown as Operations;
    const channel = new TopicChannel("t", undefined, isThinned ? { type: "latest" } : undefined);
    channel.positioned({ epoch: "e", seq: behind });
    channel.phase = "live";
    channel.granted = true;
    channel.attach(subscriber);
    this.channel = channel;
    const parts = {
      counters: createCounters(),
      operations,
      readLater: () => {
        this.#mustGoOn = true;
      },
    };
    this.catchUp = new CatchUp(parts, channel, subscriber, { epoch: "e", seq: 0 });
    channel.catchUps.set(subscriber, this.catchUp);
    this.catchUp.goOn();
  }

  /** How many events are accounted for, by themselves, by one that stands for them, or by a gap. */
  get accounted(): number {
    return this.told.reduce(
      (sum, { kind, value }) =>
        sum +
        (kind === "event" ? (value.conflated ?? 1) : (value.to ?? Number.NaN) - value.from + 1),
      0,
    );
  }

  take(next: Step): void {
    if (this.#mustGoOn) this.catchUp.goOn();
    this.#mustGoOn = false;
    switch (next.do) {
      case "publish":
        this.published += next.times;
        return;
      case "receive":
        this.#receive(Math.min(next.times, this.published - this.channel.lastSeq), next.as);
        return;
      case "answer":
        this.#answer(next.pageLength);
        return;
      case "refuse":
        this.#end()?.complete({
          by: "refusal",
          error: { code: next.code, message: "", outcome: "failed" },
        });
        return;
      case "lose":
        if (this.#end()?.complete({ by: "loss" }) !== undefined) return;
        this.catchUp.goOn();
        return;
      case "forget":
        this.#forgottenUntil = Math.min(this.published, this.#forgottenUntil + next.times);
        return;
      case "handle":
        this.#room += next.times;
        this.catchUp.goOn();
    }
  }

  /** Everything arrives, and is handled. */
  settle(): void {
    this.#receive(this.published - this.channel.lastSeq, "events");
    for (let round = 0; round < 1_000 && this.channel.catchUps.size > 0; round += 1) {
      this.take({ do: "handle", times: 100 });
      this.#answer(1_000);
    }
  }

  #receive(times: number, as: "events" | "one" | "gap"): void {
    if (times === 0) return;
    const from = this.channel.lastSeq + 1;
    const to = from + times - 1;
    if (as === "gap") {
      this.channel.gapReported(from, to);
    } else if (as === "one" && this.channel.delivery !== undefined) {
      this.channel.accept({ seq: to, data: to, conflated: times });
    } else {
      for (let seq = from; seq <= to; seq += 1) this.channel.accept({ seq, data: seq });
    }
  }

  #answer(pageLength: number): void {
    const reading = this.#end();
    if (reading === undefined) return;
    const asked = this.catchUp.next();
    const since = asked?.since;
    if (since === undefined || !("epoch" in since)) return;
    const recovered = since.seq >= this.#forgottenUntil && since.seq <= this.published;
    const last = Math.min(this.published, since.seq + Math.min(pageLength, asked?.limit ?? 0));
    const events = [];
    for (let seq = since.seq + 1; recovered && seq <= last; seq += 1)
      events.push({ seq, data: seq });
    const result: HistoryResult = {
      topic: "t",
      epoch: "e",
      seq: this.published,
      recovered,
      events,
      more: recovered && last < this.published,
    };
    reading.complete({ by: "answer", result } as never);
  }

  #end(): HistoryOperation | undefined {
    const reading = this.#reading;
    this.#reading = undefined;
    return reading;
  }
}

describe("a subscription that reads what it missed", () => {
  it("is told of each event once and in order, or that it will not come, whatever crosses the reading", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 4 }),
        fc.array(step, { maxLength: 30 }),
        fc.boolean(),
        (behind, isThinned, room, steps, endsHere) => {
          const world = new World(behind, isThinned, room);
          for (const next of steps) world.take(next);
          // The peer says which one was its last, or all goes on until nothing is missing.
          if (endsHere) world.channel.endedAt(world.published);
          else world.settle();
          expect(world.channel.catchUps.size).toBe(0);
          let last = 0;
          for (const { kind, value } of world.told) {
            const [from, to] =
              kind === "event"
                ? [value.seq - (value.conflated ?? 1) + 1, value.seq]
                : [value.from, value.to ?? Infinity];
            expect(from).toBe(last + 1);
            last = to;
          }
          expect(last).toBe(world.published);
          expect(world.accounted).toBe(world.published);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
