import type { Position } from "../../src/protocol/json-rpc/messages.ts";
import { dropOldest } from "../../src/session/delivery/drop-oldest.ts";
import { latest } from "../../src/session/delivery/latest.ts";
import { merge } from "../../src/session/delivery/merge.ts";
import { sample } from "../../src/session/delivery/sample.ts";
import type { Delivery } from "../../src/session/delivery/thinning.ts";
import type { SessionBase } from "../../src/session/session.ts";
import type { DefaultApi } from "../../src/session/session-api.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import type { Subscription } from "../../src/session/topics/subscription.ts";
import type { SubscribeOptions } from "../../src/session/topics/subscription-options.ts";
import type { TopicEvent, TopicGap } from "../../src/session/topics/topic-event.ts";
import type { UnsubscribeReceipt } from "../../src/session/topics/unsubscribe-request.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { holds } from "./violation.ts";

/** The policies that a reader may have. */
export const POLICIES = [
  "reliable",
  "latest",
  "latest-by-key",
  "sample",
  "drop-oldest",
  "merge",
  "merge-throws",
] as const;

/** One of {@link POLICIES}. */
export type PolicyName = (typeof POLICIES)[number];

/** For how many milliseconds a handler runs. */
export const HANDLERS = [0, 0, 2, 15] as const;

/** One of {@link HANDLERS}. */
export type HandlerTime = (typeof HANDLERS)[number];

const INTERVAL_MS = 12;

/** What an event of the model says. */
export interface Data {
  readonly key: number;
  /** The epoch that it was published in. */
  readonly epoch: string;
  /** How many events were merged into one, by the merge function's own count. */
  readonly merged?: number;
}

/** What a reader is made of. */
export interface ReaderParts {
  readonly topic: string;
  readonly policy: PolicyName;
  readonly handler: HandlerTime;
  readonly options: SubscribeOptions;
  /** The key of an event that was published; undefined where there was none. */
  readonly keyOf: (position: Position) => number | undefined;
  /** Every epoch that the topic has had, in order. */
  readonly epochs: readonly string[];
}

/** One subscription that counts every event: each was delivered, or something stands for it. */
export class CountedReader {
  /** What was found wrong while events came. */
  failure: unknown;
  /** Events that stood for several. */
  conflated = 0;
  gaps = 0;
  /** A sample that came so soon after the one before, and that only a gap may follow. */
  early: number | undefined;
  readonly #clock: VirtualClock;
  readonly #parts: ReaderParts;
  readonly #subscription: Subscription<DefaultApi, string>;
  #leaving: CompletionToken<UnsubscribeReceipt> | undefined;
  // Since the subscribe, or since a gap that nobody can measure.
  #sum = 0;
  #lastSeq: number | undefined;
  #gapsHere = 0;
  #restarts = 0;
  // The epochs of the first event and of the last one, and how many gaps that nobody can measure came before and since.
  #firstEpoch: string | undefined;
  #restartsBefore = 0;
  #epoch: string | undefined;
  #restartsHere = 0;
  #handledSeq = 0;
  #lastAtMs = -Infinity;
  #newestOfKey = new Map<number, number>();

  constructor(session: SessionBase, clock: VirtualClock, parts: ReaderParts) {
    this.#clock = clock;
    this.#parts = parts;
    const delivery = deliveryOf(parts.policy);
    const { topic } = parts;
    const options = delivery === undefined ? parts.options : { ...parts.options, delivery };
    this.#subscription = session.subscribe(topic, options);
    this.#subscription.on("event", (event) => this.#handle(event as TopicEvent<Data>));
    this.#subscription.on("gap", (gap) => this.#observe(() => this.#onGap(gap)));
  }

  /** Ends the subscription. */
  leave(): void {
    this.#leaving ??= this.#subscription.unsubscribe();
  }

  /** Checks that the counts add up to the event, and that the last of each key has come. */
  async checkEnd(): Promise<void> {
    const { token } = this.#subscription;
    const name = `${this.#parts.policy} #${token.id} of ${this.#parts.topic}`;
    const leaving = this.#leaving;
    holds(leaving !== undefined, () => `${name} was not left`);
    holds(leaving.outcome !== undefined, () => `${name} was not unsubscribed`);
    // Cut off before the answer: nobody knows how many there were.
    if (token.outcome !== "acked" || leaving.outcome !== "acked") return;
    const lastSeq = (await leaving).lastSeq[this.#parts.topic];
    if (lastSeq === undefined) return;
    const position = this.#subscription.position(this.#parts.topic);
    if (position !== undefined) this.#checkEpoch(name, position.epoch);
    const start = (await token).positions[this.#parts.topic];
    if (start === undefined) return;
    const { since } = this.#parts.options;
    this.#checkStart(name, start);
    if (this.#restarts === 0) {
      // What was forgotten of what it asked for was told as a gap.
      const isAsked = since !== undefined && "epoch" in since && since.epoch === start.epoch;
      const first = isAsked ? since.seq : start.seq;
      holds(
        this.#sum === lastSeq - first,
        () => `${name} was told of ${this.#sum} events from ${first} to ${lastSeq}`,
      );
      this.#checkNewest(name, start, lastSeq);
    } else if (this.#parts.policy !== "latest-by-key") {
      holds(
        (this.#lastSeq ?? lastSeq) === lastSeq,
        () => `${name} was told until ${this.#lastSeq}, and ended at ${lastSeq}`,
      );
    }
    const { order = "topic" } = this.#parts.options;
    if (order !== "none" && this.#lastSeq !== undefined)
      holds(
        position?.seq === this.#handledSeq,
        () => `${name} handled ${this.#handledSeq}, and stands at ${position?.seq}`,
      );
  }

  /** Numbers begin anew where the server's did, and nowhere else: a gap that nobody can measure stands for that. */
  #checkEpoch(what: string, epoch: string): void {
    const restarts = this.#restartsHere;
    this.#restartsHere = 0;
    holds(this.#parts.epochs.includes(epoch), () => `${what}: there is no epoch ${epoch}`);
    if (this.#epoch === undefined) {
      this.#firstEpoch = epoch;
      this.#restartsBefore = restarts;
    } else {
      this.#checkRestarts(what, this.#epoch, epoch, restarts);
    }
    this.#epoch = epoch;
  }

  #checkStart(name: string, start: Position): void {
    const { since } = this.#parts.options;
    // It asked one server for what another one had.
    const isOther = since !== undefined && "epoch" in since && since.epoch !== start.epoch;
    const restarts = this.#restartsBefore - (isOther ? 1 : 0);
    this.#checkRestarts(name, start.epoch, this.#firstEpoch ?? start.epoch, restarts);
  }

  #checkRestarts(what: string, from: string, to: string, restarts: number): void {
    const { epochs } = this.#parts;
    const servers = epochs.indexOf(to) - epochs.indexOf(from);
    holds(
      restarts >= 0 && restarts <= servers && restarts > 0 === servers > 0,
      () => `${what}: ${restarts} restarts told, and ${servers} new servers`,
    );
  }

  /** Of each key the newest there was must have come; where something is missing, it may be that one. */
  #checkNewest(name: string, start: Position, lastSeq: number): void {
    if (this.#gapsHere > 0 || lastSeq === start.seq) return;
    holds(this.#lastSeq === lastSeq, () => `${name} ended at ${lastSeq} with ${this.#lastSeq}`);
    if (this.#parts.policy !== "latest-by-key") return;
    const newest = new Map<number, number>();
    for (let seq = start.seq + 1; seq <= lastSeq; seq += 1) {
      const key = this.#parts.keyOf({ epoch: start.epoch, seq });
      if (key !== undefined) newest.set(key, seq);
    }
    for (const [key, seq] of newest)
      holds(
        this.#newestOfKey.get(key) === seq,
        () => `${name}: the last of key ${key} is ${seq}, told ${this.#newestOfKey.get(key)}`,
      );
  }

  #handle(event: TopicEvent<Data>): void | Promise<void> {
    this.#observe(() => this.#onEvent(event));
    if (this.#parts.handler === 0) return;
    return new Promise((resolve) => {
      this.#clock.setTimer(resolve, this.#parts.handler);
    });
  }

  #observe(check: () => void): void {
    try {
      check();
    } catch (violation) {
      this.failure ??= violation;
    }
  }

  #onEvent({ seq, data, conflated = 1 }: TopicEvent<Data>): void {
    const { policy, topic } = this.#parts;
    const what = `${policy} #${this.#subscription.token.id} of ${topic}: event ${seq}x${conflated}`;
    const last = this.#lastSeq;
    holds(conflated >= 1, () => what);
    this.#checkEpoch(what, data.epoch);
    holds(last === undefined || seq > last, () => `${what} follows ${last}`);
    if (conflated > 1) this.conflated += 1;
    if (policy === "reliable" || policy === "merge-throws") {
      holds(conflated === 1, () => `${what} stands for several`);
      holds(last === undefined || seq === last + 1, () => `${what} follows ${last}`);
    }
    if (policy === "merge") {
      const { merged = 1 } = data;
      holds(merged === conflated, () => `${what} is merged of ${merged}`);
      holds(last === undefined || seq === last + conflated, () => `${what} follows ${last}`);
    }
    if (policy === "sample") {
      const nowMs = this.#clock.now();
      const { early } = this;
      holds(early === undefined, () => `${what} follows one that came ${early} ms after the last`);
      // What is held back goes at the end, whenever that is, and in front of a gap.
      const tookMs = nowMs - this.#lastAtMs;
      this.early = this.#leaving === undefined && tookMs < INTERVAL_MS ? tookMs : undefined;
      this.#lastAtMs = nowMs;
    }
    this.#sum += conflated;
    this.#lastSeq = seq;
    this.#handledSeq = seq;
    this.#newestOfKey.set(data.key, seq);
  }

  #onGap({ from, to }: TopicGap): void {
    this.gaps += 1;
    this.early = undefined;
    this.#lastAtMs = -Infinity;
    this.#gapsHere += 1;
    if (to === null) {
      this.#restarts += 1;
      this.#restartsHere += 1;
      this.#lastSeq = undefined;
      return;
    }
    holds(from <= to, () => `gap ${from}–${to} is empty`);
    this.#sum += to - from + 1;
    this.#lastSeq = Math.max(to, this.#lastSeq ?? 0);
    this.#handledSeq = to;
  }
}

function deliveryOf(policy: PolicyName): Delivery | undefined {
  switch (policy) {
    case "reliable":
      return undefined;
    case "latest":
      return latest();
    case "latest-by-key":
      return latest({ key: "key" });
    case "sample":
      return sample(INTERVAL_MS);
    case "drop-oldest":
      return dropOldest(3);
    case "merge":
      return merge<Data>((older, newer) => ({
        ...newer,
        merged: (older.merged ?? 1) + (newer.merged ?? 1),
      }));
    case "merge-throws":
      return merge(() => {
        throw new Error("never merges");
      });
  }
}
