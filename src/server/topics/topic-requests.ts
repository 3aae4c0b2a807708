import { allThere, type Eventual, whenThere } from "../../backplane/index.ts";
import type {
  RequestId,
  SubscribeItem,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "../../protocol/json-rpc/messages.ts";
import { createThinningGate } from "../backlog/thinning-gate.ts";
import { isLeaving } from "../closing/farewell.ts";
import { endSubscription } from "../closing/session-end.ts";
import type { LiveSession } from "../live-session.ts";
import { encodeResult } from "../methods/answers.ts";
import { OpeningGate } from "./opening-gates.ts";
import { SubscriptionTable } from "./subscription-table.ts";
import { authorizeTopic, type TopicVerdict } from "./topic-authorization.ts";
import { isTopicName } from "./topic-name.ts";
import { readSubscribeParams, readUnsubscribeParams } from "./topic-params.ts";
import { goLive, type Opening, positionOf, readMissed } from "./topic-replay.ts";
import { startTopicRequest, TopicRequest } from "./topic-request.ts";

/** Takes a `topic.subscribe`. */
export function subscribe(session: LiveSession, id: RequestId, params: unknown): void {
  const items = readSubscribeParams(params);
  if (typeof items === "string") {
    session.refuse(null, id, "INVALID_PARAMS", items);
    return;
  }
  startTopicRequest(session, new SubscribeOperation(session, id, items));
}

/** Takes a `topic.unsubscribe`. */
export function unsubscribe(session: LiveSession, id: RequestId, params: unknown): void {
  const topics = readUnsubscribeParams(params);
  if (typeof topics === "string") {
    session.refuse(null, id, "INVALID_PARAMS", topics);
    return;
  }
  startTopicRequest(session, new UnsubscribeOperation(session, id, topics));
}

class SubscribeOperation extends TopicRequest {
  readonly #items: readonly SubscribeItem[];
  readonly #verdicts: TopicVerdict[] = [];
  #undecided = 0;
  /** Whether the backplane failed one of its topics: what it still says of the others is too late. */
  #hasFailed = false;

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
    if (isLeaving(session)) {
      this.conclude(() => this.#refuseLeaving());
      return;
    }
    const opened = allThere(
      this.#items.map((item, index) => this.#openSafely(item, this.#verdicts[index])),
    );
    if (!(opened instanceof Promise)) {
      this.#opened(opened);
      return;
    }
    opened.then(
      (outcomes) => this.#opened(outcomes),
      (cause: unknown) => this.#unavailable(cause),
    );
  }

  #opened(outcomes: readonly Outcome[]): void {
    this.conclude(() => {
      if (isLeaving(this.session)) this.#refuseLeaving();
      else this.#answer(outcomes);
    });
  }

  #answer(outcomes: readonly Outcome[]): void {
    const { session } = this;
    const results = outcomes.map((one) => ("subscription" in one ? positionOf(one) : one));
    // The answer comes before anything can be published, and so before the topics' first events.
    session.write(encodeResult(this.id, { topics: results }));
    const answered = outcomes.flatMap((one, index) => {
      const result = results[index];
      const isAnswered = "subscription" in one && result !== undefined && !("code" in result);
      return isAnswered ? [{ ...one, result }] : [];
    });
    for (const opening of answered) {
      // What the one before it wrote may have been too much for its session.
      if (opening.subscription.index >= 0) goLive(opening, opening.result.recovered);
    }
    // All are live before a listener hears of one, which may end another.
    for (const { subscription, result } of answered) {
      if (subscription.index < 0) continue;
      const { topic, epoch, seq } = result;
      session.core.observe(() => {
        session.emitter?.emit("subscribed", topic, { epoch, seq });
        session.core.emitter.emit("subscribed", session, topic);
      }, session);
    }
  }

  /** The session said bye, or is being closed, while this was decided: it gets no more events. */
  #refuseLeaving(): void {
    this.#letGo();
    this.session.refuse(null, this.id, "GOING_AWAY", "the session is closing");
  }

  /** A backplane that throws fails this topic as one that rejects does: the others are awaited all the same. */
  #openSafely(item: SubscribeItem, verdict: TopicVerdict | undefined): Eventual<Outcome> {
    try {
      return this.#open(item, verdict);
    } catch (cause) {
      return Promise.reject(cause);
    }
  }

  /** Subscribes to one topic, and reads what its session missed. */
  #open(item: SubscribeItem, verdict: TopicVerdict | undefined): Eventual<Outcome> {
    const { session } = this;
    const { topic, since, delivery } = item;
    if (verdict) return { topic, ...verdict };
    // Judged again: the same name may stand in one request twice, and the limit may be reached in it.
    const late = this.#judge(topic);
    if (late !== null) return { topic, ...late };
    const subscription = session.core.topics.subscribe(topic, session);
    return whenThere(this.#counted(subscription), (joined): Eventual<Outcome> => {
      if (joined === null) return { topic, code: "TOO_MANY_TOPICS" };
      if (this.#hasFailed || !session.isOpen || isLeaving(session)) {
        session.core.topics.unsubscribe(joined);
        return { topic, code: "GOING_AWAY" };
      }
      if (joined.refusedWith !== null) return { topic, code: joined.refusedWith };
      joined.thinning = createThinningGate(session, delivery);
      session.subscriptions ??= new SubscriptionTable();
      session.subscriptions.add(joined);
      return readMissed(session, joined, since);
    });
  }

  /** While the backplane is asked, the topic counts. */
  #counted<Value>(asked: Eventual<Value>): Eventual<Value> {
    if (!(asked instanceof Promise)) return asked;
    this.session.authorizing += 1;
    return asked.finally(() => {
      this.session.authorizing -= 1;
    });
  }

  /** The backplane cannot be reached: what was subscribed of it is let go again. */
  #unavailable(cause: unknown): void {
    const { session } = this;
    this.#hasFailed = true;
    session.core.report("BACKPLANE_FAILED", "the backplane did not answer", session, cause);
    this.#letGo();
    this.conclude(() =>
      session.refuse(null, this.id, "METHOD_FAILED", "the topics cannot be reached"),
    );
  }

  /** Ends what is not live yet: on these topics that is of this request alone. */
  #letGo(): void {
    const { session } = this;
    for (const { topic } of this.#items) {
      const subscription = session.subscriptions?.get(topic);
      if (subscription?.gate instanceof OpeningGate)
        endSubscription(session, subscription, "FAILED");
    }
  }
}

/** What one topic of a subscribe came to. */
type Outcome = Opening | SubscribeItemResult;

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
