import { allThere, type Eventual, whenThere } from "../../backplane/index.ts";
import type {
  RequestId,
  SubscribeItem,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "../../protocol/json-rpc/messages.ts";
import { createThinningGate } from "../backlog/thinning-gate.ts";
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
