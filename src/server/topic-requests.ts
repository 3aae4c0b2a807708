import { allThere, type Eventual, whenThere } from "../backplane/index.ts";
import type {
  RequestId,
  SubscribeItem,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "../protocol/json-rpc/messages.ts";
import { encodeResult } from "./answers.ts";
import type { LiveSession } from "./live-session.ts";
import { OpeningGate } from "./opening-gates.ts";
import { endSubscription } from "./session-end.ts";
import { SubscriptionTable } from "./subscription-table.ts";
import { createThinningGate } from "./thinning-gate.ts";
import { authorizeTopic, type TopicVerdict } from "./topic-authorization.ts";
import { TopicLocks, type TopicOperation } from "./topic-locks.ts";
import { isTopicName } from "./topic-name.ts";
import { readSubscribeParams, readUnsubscribeParams } from "./topic-params.ts";
import { goLive, type Opening, positionOf, readMissed } from "./topic-replay.ts";

/** Takes a `topic.subscribe`. */
export function subscribe(session: LiveSession, id: RequestId, params: unknown): void {
  const items = readSubscribeParams(params);
  if (typeof items === "string") {
    session.refuse(null, id, "INVALID_PARAMS", items);
    return;
  }
  start(session, new SubscribeOperation(session, id, items));
}

/** Takes a `topic.unsubscribe`. */
export function unsubscribe(session: LiveSession, id: RequestId, params: unknown): void {
  const topics = readUnsubscribeParams(params);
  if (typeof topics === "string") {
    session.refuse(null, id, "INVALID_PARAMS", topics);
    return;
  }
  start(session, new UnsubscribeOperation(session, id, topics));
}

function start(session: LiveSession, operation: SubscribeOperation | UnsubscribeOperation): void {
  // Nearly always nothing is under way and all is decided at once: no lock, no counting.
  if (session.locks === null || session.locks.size === 0) {
    operation.prepare();
    if (operation.isDone) return;
    operation.isPrepared = true;
  }
  session.locks ??= new TopicLocks();
  if (session.locks.size >= session.core.limits.maxPendingMethods) {
    session.refuse(null, operation.id, "TOO_MANY_PENDING", "too many topic requests wait");
    return;
  }
  session.begin(operation.id);
  session.locks.enter(operation);
}

abstract class TopicRequest implements TopicOperation {
  readonly session: LiveSession;
  readonly id: RequestId;
  readonly topics: readonly string[];
  blockedBy = 0;
  isDone = false;
  /** Whether it began before it entered the locks. */
  isPrepared = false;
  #isEntered = false;

  constructor(session: LiveSession, id: RequestId, topics: readonly string[]) {
    this.session = session;
    this.id = id;
    this.topics = [...new Set(topics)];
  }

  /** Begins what there is to do; calls `conclude` at once or later. */
  abstract prepare(): void;

  run(): void {
    this.#isEntered = true;
    if (!this.isPrepared) this.prepare();
  }

  /** Does it, answers, and lets the next operation on its topics begin. */
  protected conclude(act: () => void): void {
    this.isDone = true;
    if (!this.session.isOpen) return;
    act();
    if (!this.#isEntered) return;
    this.session.finish(this.id);
    this.session.locks?.leave(this);
  }
}

class SubscribeOperation extends TopicRequest {
  readonly #items: readonly SubscribeItem[];
  readonly #verdicts: TopicVerdict[] = [];
  #undecided = 0;

  constructor(session: LiveSession, id: RequestId, items: readonly SubscribeItem[]) {
    super(
      session,
      id,
      items.map((item) => item.topic),
    );
    this.#items = items;
  }

  override prepare(): void {
    const { session } = this;
    // Until every item was asked about, so that an early answer does not conclude.
    this.#undecided = 1;
    for (const [index, { topic }] of this.#items.entries()) {
      const verdict = this.#judge(topic) ?? this.#authorize(session, topic, index);
      this.#verdicts.push(verdict);
    }
    this.#decided();
  }

  #authorize(session: LiveSession, topic: string, index: number): TopicVerdict {
    const verdict = authorizeTopic(session, topic, false, (late) => {
      session.authorizing -= 1;
      this.#verdicts[index] = late;
      this.#decided();
    });
    if (verdict !== "pending") return verdict;
    session.authorizing += 1;
    this.#undecided += 1;
    return null;
  }

  /** What is wrong before the application is asked. */
  #judge(topic: string): TopicVerdict {
    if (!isTopicName(topic)) return { code: "UNKNOWN_TOPIC" };
    const { subscriptions, authorizing, core } = this.session;
    if (subscriptions?.get(topic) !== undefined) return { code: "ALREADY_SUBSCRIBED" };
    const held = (subscriptions?.size ?? 0) + authorizing;
    return held < core.limits.maxTopicsPerSession ? null : { code: "TOO_MANY_TOPICS" };
  }

  #decided(): void {
    this.#undecided -= 1;
    if (this.#undecided > 0) return;
    const { session } = this;
    if (!session.isOpen) {
      this.isDone = true;
      return;
    }
    const opened = allThere(
      this.#items.map((item, index) => this.#open(item, this.#verdicts[index])),
    );
    if (!(opened instanceof Promise)) {
      this.conclude(() => this.#answer(opened));
      return;
    }
    opened.then(
      (openings) => this.conclude(() => this.#answer(openings)),
      (cause: unknown) => this.#unavailable(cause),
    );
  }

  #answer(openings: readonly (Opening | SubscribeItemResult)[]): void {
    const { session } = this;
    const results = openings.map((one) => ("subscription" in one ? positionOf(one) : one));
    // The answer comes before anything can be published, and so before the topics' first events.
    session.write(encodeResult(this.id, { topics: results }));
    for (const [index, one] of openings.entries()) {
      const result = results[index];
      if (!("subscription" in one) || result === undefined || "code" in result) continue;
      goLive(one, result.recovered);
      const { topic, epoch, seq } = result;
      session.core.observe(() => {
        session.emitter?.emit("subscribed", topic, { epoch, seq });
        session.core.emitter.emit("subscribed", session, topic);
      }, session);
    }
  }

  /** Subscribes to one topic, and reads what its session missed. */
  #open(
    item: SubscribeItem,
    verdict: TopicVerdict | undefined,
  ): Eventual<Opening | SubscribeItemResult> {
    const { session } = this;
    const { topic, since, delivery } = item;
    if (verdict) return { topic, ...verdict };
    // Judged again: the same name may stand in one request twice, and the limit may be reached in it.
    const late = this.#judge(topic);
    if (late !== null) return { topic, ...late };
    const subscription = session.core.topics.subscribe(topic, session);
    // While the backplane is asked, the topic counts.
    if (subscription instanceof Promise) session.authorizing += 1;
    const asked = subscription instanceof Promise;
    return whenThere(subscription, (joined): Eventual<Opening | SubscribeItemResult> => {
      if (asked) session.authorizing -= 1;
      if (joined === null) return { topic, code: "TOO_MANY_TOPICS" };
      if (!session.isOpen) {
        session.core.topics.unsubscribe(joined);
        return { topic, code: "GOING_AWAY" };
      }
      joined.thinning = createThinningGate(session, delivery);
      session.subscriptions ??= new SubscriptionTable();
      session.subscriptions.add(joined);
      return readMissed(session, joined, since);
    });
  }

  /** The backplane cannot be reached: what was subscribed of it is let go again. */
  #unavailable(cause: unknown): void {
    const { session } = this;
    session.core.report("BACKPLANE_FAILED", "the backplane did not answer", session, cause);
    for (const { topic } of this.#items) {
      const subscription = session.subscriptions?.get(topic);
      // Only what is not live yet is of this request.
      if (subscription?.gate instanceof OpeningGate)
        endSubscription(session, subscription, "FAILED");
    }
    this.conclude(() =>
      session.refuse(null, this.id, "METHOD_FAILED", "the topics cannot be reached"),
    );
  }
}

class UnsubscribeOperation extends TopicRequest {
  readonly #names: readonly string[];

  constructor(session: LiveSession, id: RequestId, names: readonly string[]) {
    super(session, id, names);
    this.#names = names;
  }

  override prepare(): void {
    this.conclude(() => {
      const { session } = this;
      const results = this.#names.map((topic): UnsubscribeItemResult => {
        const subscription = session.subscriptions?.get(topic);
        if (subscription === undefined) return { topic, code: "NOT_SUBSCRIBED" };
        return { topic, lastSeq: endSubscription(session, subscription, null) };
      });
      session.write(encodeResult(this.id, { topics: results }));
    });
  }
}
