import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeliveryPolicy } from "../../src/protocol/json-rpc/messages.ts";
import type { MemoryClient } from "./support/memory-client.ts";
import { createWorld, type World } from "./support/world.ts";

/** What happens next to one subscriber of one topic. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("publish" as const),
      key: fc.nat(3),
      events: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("stall" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("drain" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("resubscribe" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cut" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("bye" as const) }) },
);

interface Data {
  readonly key: string;
  readonly value: number;
}

interface Event {
  readonly seq: number;
  readonly data: Data;
  readonly conflated?: number;
}

interface Position {
  readonly epoch: string;
  readonly seq: number;
}

const WATERMARKS = { highWatermarkBytes: 300, lowWatermarkBytes: 100 };
const INTERVAL_MS = 50;

/** A plain client: follows one topic, and counts what it is told. */
class Reader {
  readonly #world: World;
  readonly #delivery: DeliveryPolicy;
  #client: MemoryClient | null = null;
  #position: Position | null = null;
  /** Of this subscription: where it began, what it got, what that stood for. */
  #start = 0;
  #heard = 0;
  #last: Event | null = null;
  #id = 0;
  /** The newest event that arrived, of each key, over all subscriptions. */
  readonly newest = new Map<string, number>();
  /** When events were written to this subscription, in milliseconds of the clock. */
  readonly sentMs: number[] = [];
  sum = 0;

  constructor(world: World, delivery: DeliveryPolicy) {
    this.#world = world;
    this.#delivery = delivery;
  }

  get seq(): number {
    return this.#position?.seq ?? 0;
  }

  /** Subscribes on a new connection, or anew on the one that is there, from where it was. */
  async subscribe(): Promise<void> {
    this.#client ??= await this.#world.connect();
    const since = this.#position ?? undefined;
    this.sum = 0;
    this.#last = null;
    this.sentMs.length = 0;
    const item = { topic: "t", delivery: this.#delivery, since };
    const result = await this.#ask("topic.subscribe", { topics: [item] });
    const granted = (result as { topics: [Position & { recovered: boolean }] }).topics[0];
    expect(granted.recovered).toBe(since !== undefined);
    this.#start = granted.seq;
    if (since === undefined) this.#position = { epoch: granted.epoch, seq: granted.seq };
    else expect(granted.seq).toBe(since.seq);
    this.take();
  }

  /** Takes what arrived since the last look. */
  take(): void {
    const client = this.#client;
    if (client === null) return;
    for (const wire of client.singles.slice(this.#heard)) {
      if (wire.method !== "topic.event") continue;
      const event = wire.params as Event;
      const { seq, data, conflated = 1 } = event;
      expect(seq).toBeGreaterThan(this.#last?.seq ?? this.#start);
      if (this.#delivery.type === "reliable") {
        expect(seq).toBe((this.#last?.seq ?? this.#start) + 1);
        expect(conflated).toBe(1);
      }
      expect(data.value).toBe(seq);
      this.sum += conflated;
      // Numbers can only be counted that there were.
      expect(this.#start + this.sum).toBeLessThanOrEqual(
        this.#world.server.topic("t").position.seq,
      );
      this.#last = event;
      this.#position = { epoch: this.#position?.epoch ?? "", seq };
      this.newest.set(data.key, seq);
    }
    this.#heard = client.singles.length;
  }

  /** Ends the subscription: now the counts must add up. */
  async unsubscribe(): Promise<void> {
    const result = await this.#ask("topic.unsubscribe", { topics: ["t"] });
    const { lastSeq } = (result as { topics: [{ lastSeq: number }] }).topics[0];
    this.#settle(lastSeq);
  }

  async bye(): Promise<void> {
    const result = await this.#ask("session.bye", {});
    this.#settle((result as { lastSeq: { t: number } }).lastSeq.t);
    this.#client?.close();
    this.lose();
  }

  /** Forgets the connection, which was lost. What was read stays read. */
  lose(): void {
    this.take();
    this.#client = null;
    this.#heard = 0;
  }

  #settle(lastSeq: number): void {
    this.take();
    expect(lastSeq).toBe(this.#world.server.topic("t").position.seq);
    expect(this.#start + this.sum).toBe(lastSeq);
    // The last value always arrives.
    expect(this.seq).toBe(lastSeq);
  }

  async #ask(method: string, params: object): Promise<unknown> {
    this.#id += 1;
    // Who does not read gets no answer.
    this.#world.network.link()?.release("toClient");
    const answer = await this.#client?.ask(this.#id, method, params);
    return answer?.result;
  }
}

/** Policies, and how many events each may hold of a topic with four keys. */
const POLICIES: readonly (readonly [string, DeliveryPolicy, number])[] = [
  ["reliable", { type: "reliable" }, 0],
  ["latest", { type: "latest" }, 1],
  ["latest by key", { type: "latest", key: "key" }, 4],
  ["sample", { type: "sample", intervalMs: INTERVAL_MS }, 1],
  ["drop-oldest of 1", { type: "drop-oldest", maxEvents: 1 }, 1],
  ["drop-oldest of 4", { type: "drop-oldest", maxEvents: 4 }, 4],
];

describe.each(POLICIES)(
  "under %s, whatever is published, stalled, drained, ended and cut",
  (_name, delivery, maxHeld) => {
    it("numbers increase, counts add up to the event, and the last of each key arrives (W-5.4, W-5.10)", async () => {
      let conflated = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const world = createWorld({
            limits: WATERMARKS,
            history: { maxEvents: 1_000, maxAgeMs: 1e9 },
          });
          const { clock, network, server } = world;
          const topic = server.topic("t");
          const published = new Map<string, number>();
          const publish = (key: string): void => {
            const { seq } = topic.publish({ key, value: topic.position.seq + 1 });
            published.set(key, seq);
          };
          const reader = new Reader(world, delivery);
          network.observe(({ direction, text }, event) => {
            const isEvent = direction === "toClient" && text.includes('"topic.event"');
            if (isEvent && event === "sent") reader.sentMs.push(clock.now());
          });
          await reader.subscribe();
          for (const one of steps) {
            if (one.type === "publish") {
              for (let event = 0; event < one.events; event += 1)
                publish(`k${(one.key + event) % 4}`);
            } else if (one.type === "stall") network.link()?.hold("toClient");
            else if (one.type === "drain") network.link()?.release("toClient");
            else if (one.type === "wait") await clock.advance(one.ms);
            else if (one.type === "resubscribe") {
              await reader.unsubscribe();
              await reader.subscribe();
            } else if (one.type === "bye") {
              await reader.bye();
              await reader.subscribe();
            } else {
              network.link()?.cut();
              reader.lose();
              await reader.subscribe();
            }
            reader.take();
            expect(server.stats().heldMessages).toBeLessThanOrEqual(maxHeld);
          }
          conflated += server.stats().eventsConflated;
          // Once the reader keeps up, everything is there without anything more being published.
          network.link()?.release("toClient");
          await clock.advance(INTERVAL_MS + 20);
          reader.take();
          if (delivery.type === "sample") {
            const pauses = reader.sentMs
              .slice(1)
              .map((ms, index) => ms - (reader.sentMs[index] ?? 0));
            expect(Math.min(INTERVAL_MS, ...pauses)).toBe(INTERVAL_MS);
          }
          expect(reader.seq).toBe(topic.position.seq);
          if (delivery.type === "reliable" || "key" in delivery)
            expect(reader.newest).toEqual(published);
          expect(server.stats()).toMatchObject({
            heldMessages: 0,
            heldBytes: 0,
            behind: 0,
            slowClosed: 0,
          });
          await reader.unsubscribe();
        }),
        { numRuns: 150, seed: 20_231_122 },
      );
      // What never happened would prove nothing.
      expect(conflated > 100).toBe(maxHeld > 0);
    });
  },
);
