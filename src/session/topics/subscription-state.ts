import type { DeliveryPolicy, Position, Since } from "../../protocol/json-rpc/messages.ts";
import { checkLimits, checkSince } from "../call-checks.ts";
import { DeliveryLane, type LaneRun } from "../delivery/delivery-lane.ts";
import type { PositionKeeper } from "../delivery/feed-watcher.ts";
import type { HandlerScope } from "../delivery/handler-scope.ts";
import type { SessionLatencyMeter } from "../delivery/session-latency.ts";
import type { StrayHandlers } from "../delivery/stray-handlers.ts";
import { SubscriptionFeed } from "../delivery/subscription-feed.ts";
import { Guard, type Limits } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { Completable, Ending, Startable } from "../session-events.ts";
import { choice, duration } from "../session-options.ts";
import type { PendingToken } from "../tokens/completion-token.ts";
import { timeoutError } from "../tokens/ending-error.ts";
import { SessionError } from "../tokens/errors.ts";
import type { SubscribeOptions } from "./subscription-options.ts";
import type { TopicBook } from "./topic-book.ts";
import type { Subscriber, TopicChannel } from "./topic-channel.ts";

/** What a subscribe resolves to: where each topic stood when it was subscribed. */
export interface SubscribeReceipt {
  /** By topic: the history's epoch, and the `seq` that the first event follows. */
  readonly positions: Readonly<Record<string, Position>>;
}

/** What a subscription shares with its session. */
export interface SubscriptionEnvironment {
  readonly kernel: Kernel;
  readonly book: TopicBook;
  readonly scope: HandlerScope;
  readonly deliveries: {
    /** The lane of order scope `connection`. */
    readonly connectionLane: DeliveryLane;
    readonly strays: StrayHandlers;
  };
  /** Measures the way of its events, where anything does. */
  readonly latency: SessionLatencyMeter | undefined;
}

const ORDERS = ["topic", "connection", "none"] as const;
const FAILURE_POLICIES = ["isolate", "stop-subscription", "stop-session"] as const;
const DEFAULT_MAX_QUEUED_EVENTS = 10_000;

/** An unsubscribe under way, which a handler may come to await after it was asked for. */
export interface Joinable {
  /** Whether it is under way. */
  readonly pending: boolean;
  /** A handler, or a loop's body, may be waiting for it: that one is not waited for. */
  join(run: LaneRun | undefined, loopStill: () => boolean): void;
}

/** The session's half of a subscription: its token, its channels and its feed. */
export class SubscriptionState implements Subscriber, Startable, Completable {
  readonly token: PendingToken<SubscribeReceipt>;
  readonly topics: readonly string[];
  readonly feed: SubscriptionFeed;
  readonly #environment: SubscriptionEnvironment;
  readonly #options: SubscribeOptions;
  readonly #since: Since | undefined;
  readonly #order: (typeof ORDERS)[number];
  readonly #onFailure: (typeof FAILURE_POLICIES)[number];
  readonly #limits: Limits;
  readonly #stop: () => void;
  readonly #lanes = new Map<string, DeliveryLane>();
  readonly #channels = new Map<string, TopicChannel>();
  readonly #waitingFor = new Set<TopicChannel>();
  readonly #doneTopics = new Set<string>();
  // Where each topic stood when it was this subscription's, from the first: events move on before the token is acked.
  readonly #starts = new Map<string, Position>();
  // Where each topic was when it was this subscription's no more.
  readonly #ends = new Map<string, Position | undefined>();
  readonly #keeper: PositionKeeper | undefined;
  #granted = false;
  #leaving: readonly Joinable[] = [];
  #started = false;
  #isFailing = false;

  /** @param stop - A handler failed under `stop-subscription`. */
  constructor(
    environment: SubscriptionEnvironment,
    token: PendingToken<SubscribeReceipt>,
    topics: readonly string[],
    options: SubscribeOptions,
    stop: () => void,
  ) {
    const maxQueuedEvents = duration(
      "maxQueuedEvents",
      options.maxQueuedEvents,
      DEFAULT_MAX_QUEUED_EVENTS,
    );
    this.#limits = checkLimits(options, environment.kernel.options.requestTimeoutMs);
    this.#since = checkSince(options.since);
    const { delivery } = options;
    this.#order = choice("order", ORDERS, options.order);
    this.#onFailure = choice("onHandlerFailure", FAILURE_POLICIES, options.onHandlerFailure);
    const { counters, backlog, clock } = environment.kernel;
    this.token = token;
    this.topics = topics;
    this.#environment = environment;
    this.#options = options;
    this.#stop = stop;
    this.#keeper = options.position?.keep(this.#onFailure !== "isolate");
    const watchers = [this.#keeper, environment.latency?.watch()];
    this.feed = new SubscriptionFeed({
      laneOf: (topic) => this.#laneOf(topic),
      maxQueuedEvents,
      topics: topics.length,
      isReliable: delivery?.wire === undefined,
      counters,
      backlog,
      watchers: watchers.filter((watcher) => watcher !== undefined),
      onDrained: () => this.#drained(),
      onFailure: (topic, error) => this.#handlerFailed(topic, error),
    });
    this.feed.thinner = delivery?.thin({
      clock,
      push: (slot) => this.feed.enqueueSlot(slot),
      failed: (topic, cause) =>
        environment.kernel.report(
          new SessionError("MERGE_FAILED", `merging events of ${topic} failed`, { cause }),
        ),
    });
  }

  get tokenId(): number {
    return this.token.id;
  }

  get subject(): readonly string[] {
    return this.topics;
  }

  /** The lanes that bring its events, for a close that waits for them. */
  get lanes(): Iterable<DeliveryLane> {
    return this.#lanes.values();
  }

  /** The channels that it still has. */
  get channels(): readonly TopicChannel[] {
    return [...this.#channels.values()];
  }

  get wirePolicy(): DeliveryPolicy | undefined {
    return this.#options.delivery?.wire;
  }

  get wanted(): boolean {
    return this.#isUndecided || this.token.outcome === "acked";
  }

  get established(): boolean {
    return this.token.outcome === "acked";
  }

  /** Whether it will never receive anything any more. */
  get over(): boolean {
    return this.#started && this.#channels.size === 0;
  }

  /** Where it is, or was when it ended, on a topic: the last event accepted, or handled, or where it was subscribed. */
  positionOf(topic: string): Position | undefined {
    if (this.#keeper !== undefined) return this.#keeper.positionOf(topic);
    const channel = this.#channels.get(topic);
    return channel === undefined ? this.#ends.get(topic) : channel.positionOf(this);
  }

  /** Whether nothing of a topic is received any more. */
  isOver(topic: string): boolean {
    return this.#ends.has(topic) || this.feed.over;
  }

  /** An unsubscribe of it begins. */
  leave(request: Joinable): void {
    this.#leaving = [...this.#leaving.filter(({ pending }) => pending), request];
  }

  /** `unsubscribe()` was called again, perhaps by a handler that awaits it. */
  rejoin(): void {
    const run = this.#environment.scope.current();
    const loopStill = this.feed.watchLoops();
    for (const request of this.#leaving) if (request.pending) request.join(run, loopStill);
  }

  start(): void {
    const { kernel, book } = this.#environment;
    this.token.guard = new Guard(kernel, "subscribe_complete", this, this.#limits);
    this.#started = true;
    if (this.#limits.signal?.aborted === true) return;
    const channels = book.subscribe(this.topics, this.#since, this);
    for (const channel of channels) {
      // A subscribe that could not even wait for a connection has ended the channel already.
      if (channel.phase === "ended") continue;
      this.#channels.set(channel.topic, channel);
      this.#noteStart(channel);
      if (channel.phase !== "live" || channel.catchUps.has(this)) this.#waitingFor.add(channel);
    }
    if (!this.token.pending) book.release(channels, this);
    else if (this.#waitingFor.size === 0) this.#ack("local");
  }

  complete(ending: Ending): void {
    if (!this.token.pending) return;
    const written = [...this.#waitingFor].some(({ phase }) => phase === "subscribing");
    this.#fail(timeoutError(ending.by, "the subscribe", written));
  }

  /** No longer wanted before it was granted: `superseded` where nothing was written of it. */
  supersede(): void {
    if (!this.token.pending) return;
    const unwritten = [...this.#waitingFor].every(({ phase }) => phase === "wanted");
    if (unwritten)
      this.#settleFailed(
        new SessionError("SUPERSEDED", "unsubscribed before the subscribe was sent"),
      );
  }

  channelLive(channel: TopicChannel): void {
    if (!this.token.pending) {
      // The first answer after the token gave up; a re-subscribe has nothing to settle.
      if (this.#waitingFor.delete(channel)) this.#environment.kernel.counters.lateAcks += 1;
      return;
    }
    this.#noteStart(channel);
    if (!this.#waitingFor.delete(channel)) return;
    this.#granted = true;
    this.#ackIfDone();
  }

  refused(error: SessionError): void {
    if (this.#isUndecided) this.#fail(error);
  }

  channelReplaced(channel: TopicChannel, next: TopicChannel): void {
    this.#channels.set(next.topic, next);
    if (this.#waitingFor.delete(channel)) this.#waitingFor.add(next);
  }

  channelEnded(channel: TopicChannel, error: SessionError | undefined): void {
    const position = channel.positionOf(this);
    this.#ends.set(channel.topic, position);
    this.#channels.delete(channel.topic);
    this.#waitingFor.delete(channel);
    if (this.#isUndecided && error !== undefined) {
      this.#fail(error);
    } else if (error?.peer !== undefined || error?.code === "NEVER_WRITTEN") {
      // Granted once, and refused after a reconnect; or not asked for again, since connecting was given up.
      const { topic } = channel;
      const lastSeq = position?.seq ?? 0;
      this.feed.accept("closed", { topic, lastSeq, code: error.peer?.code ?? error.code });
    }
    if (this.#channels.size > 0) {
      this.#ackIfDone();
      return;
    }
    if (this.#isUndecided) {
      const text = "unsubscribed before the subscribe was answered";
      this.#settleFailed(new SessionError("ABORTED", text));
    }
    // Behind everything received before.
    for (const topic of this.topics) {
      this.feed.mark(topic, () => {
        if (this.#allLanesDone(topic)) this.feed.end();
      });
    }
  }

  #allLanesDone(topic: string): boolean {
    this.#doneTopics.add(topic);
    return this.#doneTopics.size === this.topics.length;
  }

  #noteStart(channel: TopicChannel): void {
    const { topic } = channel;
    const position = channel.positionOf(this);
    // What is still to be read of the history tells where it starts.
    if (position === undefined || this.#starts.has(topic) || this.#waitsForHistory(channel)) return;
    this.#starts.set(topic, position);
    this.#keeper?.begin(topic, position);
  }

  #waitsForHistory(channel: TopicChannel): boolean {
    return channel.catchUps.has(this) && !channel.catchUps.get(this)?.hasBegun;
  }

  /** There is room for events again. Behind what is happening now, which may be an unsubscribe. */
  #drained(): void {
    const isBehind = (channel: TopicChannel): boolean =>
      channel.phase === "resting" || channel.catchUps.has(this);
    const behind = this.channels.filter(isBehind);
    if (behind.length === 0) return;
    const { kernel, book } = this.#environment;
    kernel.run(
      "subscribe_request",
      () => {
        for (const channel of this.channels) if (isBehind(channel)) book.drained(channel, this);
      },
      this.topics,
    );
  }

  #ackIfDone(): void {
    if (this.#isUndecided && this.#waitingFor.size === 0)
      this.#ack(this.#granted ? "frame" : "local");
  }

  #ack(proof: "frame" | "local"): void {
    const positions: Record<string, Position> = Object.create(null);
    for (const topic of this.#channels.keys()) {
      const position = this.#starts.get(topic);
      if (position !== undefined) positions[topic] = { ...position };
    }
    this.token.ack({ positions }, proof);
  }

  /** All or nothing: what was granted of it is let go again. */
  #fail(error: SessionError): void {
    this.#isFailing = true;
    // Before the token is settled: a close goes on then, and its bye must be the last word.
    this.#environment.book.release(this.channels, this);
    this.#settleFailed(error);
    this.feed.end();
  }

  get #isUndecided(): boolean {
    return this.token.pending && !this.#isFailing;
  }

  #settleFailed(error: SessionError): void {
    this.#environment.kernel.settleFailed(this.token, error);
  }

  #laneOf(topic: string): DeliveryLane {
    const order = this.#order;
    if (order === "connection") return this.#environment.deliveries.connectionLane;
    const key = order === "topic" ? topic : "";
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const { kernel, scope, deliveries } = this.#environment;
      lane = new DeliveryLane({
        scope,
        strays: deliveries.strays,
        now: () => kernel.clock.now(),
        overlap: order === "none" ? this.#options.maxQueuedEvents || DEFAULT_MAX_QUEUED_EVENTS : 0,
      });
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #handlerFailed(topic: string, cause: unknown): void {
    const { kernel } = this.#environment;
    kernel.counters.handlerFailures += 1;
    const error = new SessionError("HANDLER_FAILED", `a handler of ${topic} failed`, { cause });
    kernel.report(error);
    if (this.#onFailure === "stop-subscription") this.#stop();
    if (this.#onFailure === "stop-session") kernel.fail(error);
  }
}
