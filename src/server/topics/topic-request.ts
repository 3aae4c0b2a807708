import type { RequestId } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { TopicLocks, type TopicOperation } from "./topic-locks.ts";

/** Begins a request: at once where nothing is under way on its topics, else in its turn. */
export function startTopicRequest(session: LiveSession, operation: TopicRequest): void {
  // Nearly always nothing is under way and all is decided at once: no lock, no counting.
  if (session.locks === null || session.locks.size === 0) {
    operation.prepare();
    if (operation.isDone) return;
    operation.isPrepared = true;
  }
  session.locks ??= new TopicLocks();
  if (session.locks.requests >= session.core.limits.maxPendingMethods) {
    session.refuse(null, operation.id, "TOO_MANY_PENDING", "too many topic requests wait");
    return;
  }
  session.begin(operation.id);
  session.locks.enter(operation);
}

/** Is one `topic.*` request, done when its turn has come on each of its topics. */
export abstract class TopicRequest implements TopicOperation {
  readonly session: LiveSession;
  readonly id: RequestId;
  readonly topics: readonly string[];
  readonly isRequest = true;
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
