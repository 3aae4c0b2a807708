import { endSubscription } from "../closing/session-end.ts";
import type { LiveSession } from "../live-session.ts";
import { authorizeTopic, type TopicVerdict } from "./topic-authorization.ts";
import { TopicLocks, type TopicOperation } from "./topic-locks.ts";

/**
 * Asks `authorize` again for every topic of a session whose credentials changed, live or about to be, and ends what is
 * not allowed any more with `topic.closed` `REVOKED`. In line with the session's own operations on
 * the topic. One that waits sees the newest credentials when its turn comes, so no second one waits behind it.
 */
export function reviewTopics(session: LiveSession): void {
  if (session.core.authorize === "public") return;
  // What is being decided may have been asked with the older credentials.
  for (const topic of new Set([...session.topics, ...(session.locks?.topics ?? [])])) {
    session.reviews ??= new Set();
    if (session.reviews.has(topic)) continue;
    session.reviews.add(topic);
    session.locks ??= new TopicLocks();
    session.locks.enter(new Review(session, topic));
  }
}

class Review implements TopicOperation {
  readonly topics: readonly string[];
  readonly isRequest = false;
  blockedBy = 0;
  readonly #session: LiveSession;
  readonly #topic: string;

  constructor(session: LiveSession, topic: string) {
    this.#session = session;
    this.#topic = topic;
    this.topics = [topic];
  }

  run(): void {
    this.#session.reviews?.delete(this.#topic);
    // The client may have unsubscribed in the meantime.
    if (this.#session.subscriptions?.get(this.#topic) === undefined) {
      this.#session.locks?.leave(this);
      return;
    }
    const verdict = authorizeTopic(this.#session, this.#topic, true, (late) => this.#decide(late));
    if (verdict !== "pending") this.#decide(verdict);
  }

  #decide(verdict: TopicVerdict): void {
    const session = this.#session;
    if (!session.isOpen) return;
    const subscription = session.subscriptions?.get(this.#topic);
    if (verdict !== null && subscription !== undefined) {
      endSubscription(session, subscription, "REVOKED", true);
    }
    session.locks?.leave(this);
  }
}
