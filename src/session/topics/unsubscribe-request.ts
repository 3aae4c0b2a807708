import type { LaneRun } from "../delivery/delivery-lane.ts";
import { Guard, type Limits } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { UnsubscribeListener } from "../operations/unsubscribe-operation.ts";
import type { Completable, Ending, Startable } from "../session-events.ts";
import type { PendingToken, Proof } from "../tokens/completion-token.ts";
import { timeoutError } from "../tokens/ending-error.ts";
import type { SessionError } from "../tokens/errors.ts";
import type { Joinable, SubscriptionState } from "./subscription-state.ts";
import type { TopicBook } from "./topic-book.ts";
import type { TopicChannel } from "./topic-channel.ts";

/** What an unsubscribe resolves to. */
export interface UnsubscribeReceipt {
  /** By topic: number of the last event that was for us. All of them were handled, or told as a gap. */
  readonly lastSeq: Readonly<Record<string, number>>;
}

/** What one unsubscribe lets go of: topics of a subscription. */
export interface UnsubscribeTarget {
  readonly subscription: SubscriptionState;
  readonly topics: readonly string[];
}

/** A topic that a subscription is leaving. */
interface Leave {
  readonly subscription: SubscriptionState;
  readonly channel: TopicChannel;
  readonly loopStill: (() => boolean) | undefined;
}

/** One unsubscribe under way: it ends when the peer has answered and the handlers are done. */
export class UnsubscribeRequest implements Startable, Completable, Joinable {
  readonly token: PendingToken<UnsubscribeReceipt>;
  readonly #kernel: Kernel;
  readonly #book: TopicBook;
  readonly #targets: readonly UnsubscribeTarget[];
  // The handler from inside which it was asked for, and for each target, whether a loop's body has run ever since.
  readonly #run: LaneRun | undefined;
  readonly #loopsStill: readonly (() => boolean)[];
  readonly #limits: Limits;
  readonly #lastSeq: Record<string, number> = Object.create(null);
  readonly #unanswered = new Set<Leave>();
  #proof: Proof = "local";
  readonly #joined: { readonly run: LaneRun | undefined; readonly loopStill: () => boolean }[] = [];
  #failure: SessionError | undefined;
  #lanesBusy = 0;
  // While it works inside one event, what is reached needs no event of its own.
  #working = true;

  constructor(
    shared: { readonly kernel: Kernel; readonly book: TopicBook },
    token: PendingToken<UnsubscribeReceipt>,
    targets: readonly UnsubscribeTarget[],
    run: LaneRun | undefined,
    limits: Limits,
  ) {
    this.#kernel = shared.kernel;
    this.#book = shared.book;
    this.token = token;
    this.#targets = targets;
    this.#run = run;
    this.#loopsStill = targets.map(({ subscription }) => subscription.feed.watchLoops());
    this.#limits = limits;
    for (const { subscription } of targets) subscription.leave(this);
  }

  get pending(): boolean {
    return this.token.pending;
  }

  get tokenId(): number {
    return this.token.id;
  }

  get subject(): readonly string[] {
    return [...new Set(this.#targets.flatMap((target) => target.topics))];
  }

  start(): void {
    this.token.guard = new Guard(this.#kernel, "unsubscribe_complete", this, this.#limits);
    const leaves: Leave[] = [];
    for (const [index, { subscription, topics }] of this.#targets.entries()) {
      const { channels } = subscription;
      const wanted = new Set(topics);
      const leaving = channels.filter(({ topic }) => wanted.has(topic));
      if (leaving.length === channels.length) subscription.supersede();
      for (const channel of leaving) {
        const leave = { subscription, channel, loopStill: this.#loopsStill[index] };
        this.#unanswered.add(leave);
        leaves.push(leave);
      }
    }
    for (const [index, { subscription, topics }] of this.#targets.entries()) {
      // What is off the wire already may still be under way to the handlers.
      const there = new Set(subscription.channels.map(({ topic }) => topic));
      const left = topics.filter((topic) => !there.has(topic));
      for (const topic of left) this.#awaitLane(subscription, topic, this.#loopsStill[index]);
      const own = leaves.filter((leave) => leave.subscription === subscription);
      this.#book.release(
        own.map((leave) => leave.channel),
        subscription,
        this.#listenerOf(subscription),
      );
    }
    this.#working = false;
    this.#settleIfDone();
  }

  join(run: LaneRun | undefined, loopStill: () => boolean): void {
    this.#joined.push({ run, loopStill });
    if (this.#lanesBusy > 0) this.#giveWay();
  }

  complete(ending: Ending): void {
    if (ending.by === "handlers") {
      this.#settleIfDone();
      return;
    }
    if (!this.token.pending) return;
    for (const { subscription, topics } of this.#targets) {
      for (const topic of topics) subscription.feed.discardWaiting(topic);
    }
    if (this.#unanswered.size === 0) {
      this.#settle();
      return;
    }
    // Even one that is still held back will be written: nothing takes it back.
    this.#fail(timeoutError(ending.by, "the unsubscribe", true));
    for (const { channel } of this.#unanswered) this.#book.abandon(channel);
  }

  #listenerOf(subscription: SubscriptionState): UnsubscribeListener {
    const take = (channel: TopicChannel): Leave | undefined => {
      for (const leave of this.#unanswered) {
        if (leave.subscription !== subscription || leave.channel !== channel) continue;
        this.#unanswered.delete(leave);
        return leave;
      }
      return undefined;
    };
    return {
      tokenId: this.tokenId,
      unsubscribed: (channel, lastSeq, proof) => {
        const leave = take(channel);
        if (leave !== undefined) this.#left(leave, lastSeq, proof);
      },
      notUnsubscribed: (channel, error) => {
        const leave = take(channel);
        if (leave === undefined) return;
        if (error.outcome === "failed") {
          this.#fail(error);
          return;
        }
        // Over, whatever the peer made of it: what was received before is handled first.
        this.#failure ??= error;
        this.#awaitLane(leave.subscription, channel.topic, leave.loopStill);
      },
    };
  }

  #left({ subscription, channel, loopStill }: Leave, lastSeq: number, proof: Proof): void {
    this.#lastSeq[channel.topic] = lastSeq;
    // The weakest proof that came from the wire is the proof of the whole.
    if (proof === "barrier" || (proof === "frame" && this.#proof === "local")) this.#proof = proof;
    if (!this.token.pending) {
      this.#kernel.counters.lateAcks += 1;
      return;
    }
    this.#awaitLane(subscription, channel.topic, loopStill);
  }

  /** Waits for the handlers of what was received before. */
  #awaitLane(
    { feed }: SubscriptionState,
    topic: string,
    loopStill: (() => boolean) | undefined,
  ): void {
    const outer = this.#working;
    this.#working = true;
    // What nobody listened for must not come once this has settled.
    if (loopStill?.() === true || feed.parked) feed.discardWaiting(topic);
    this.#lanesBusy += 1;
    feed.mark(topic, () => {
      this.#lanesBusy -= 1;
      if (this.#working) return;
      this.#kernel.queue.post("unsubscribe_complete", { target: this, ending: { by: "handlers" } });
    });
    this.#giveWay();
    this.#working = outer;
    if (!outer) this.#settleIfDone();
  }

  /** The handlers that ask give up their places: waiting for them would be waiting for ourselves. */
  #giveWay(): void {
    this.#run?.yieldPlace();
    for (const { run, loopStill } of this.#joined) {
      run?.yieldPlace();
      if (!loopStill()) continue;
      for (const { subscription, topics } of this.#targets)
        for (const topic of topics) subscription.feed.discardWaiting(topic);
    }
  }

  #settleIfDone(): void {
    if (this.#unanswered.size === 0 && this.#lanesBusy === 0 && this.token.pending) this.#settle();
  }

  #settle(): void {
    if (this.#failure !== undefined) {
      this.#fail(this.#failure);
      return;
    }
    this.token.ack({ lastSeq: this.#lastSeq }, this.#proof);
    this.#kernel.advanceClose();
  }

  #fail(error: SessionError): void {
    this.#kernel.settleFailed(this.token, error);
  }
}
