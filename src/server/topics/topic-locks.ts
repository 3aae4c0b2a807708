/** Is an operation on some topics, which waits for earlier ones on any of them. */
export interface TopicOperation {
  /** The topics it is about; none twice. */
  readonly topics: readonly string[];
  /** Whether the client asked for it, so that it counts against the limit on what waits. */
  readonly isRequest: boolean;
  /** In how many topics' queues others stand before it. Only {@link TopicLocks} writes it. */
  blockedBy: number;
  /** Starts it. Called once, when it is first in each of its queues. */
  run(): void;
}

/**
 * Keeps one session's topic operations in order: per topic first come, first served, and an
 * operation on many topics runs when it is first on all of them.
 *
 * Operations enter all their queues at once, so there is one global order and no deadlock.
 */
export class TopicLocks {
  readonly #queues = new Map<string, TopicOperation[]>();
  readonly #operations = new Set<TopicOperation>();
  #requests = 0;

  /** How many operations hold a topic or wait for one. */
  get size(): number {
    return this.#operations.size;
  }

  /** How many of them the client asked for. */
  get requests(): number {
    return this.#requests;
  }

  /** The topics that an operation holds. */
  get topics(): readonly string[] {
    return [...this.#queues.keys()];
  }

  /** Puts an operation in line, and runs it at once where it is first. */
  enter(operation: TopicOperation): void {
    operation.blockedBy = 0;
    this.#operations.add(operation);
    if (operation.isRequest) this.#requests += 1;
    for (const topic of operation.topics) {
      const queue = this.#queues.get(topic);
      if (queue === undefined) {
        this.#queues.set(topic, [operation]);
      } else {
        queue.push(operation);
        operation.blockedBy += 1;
      }
    }
    if (operation.blockedBy === 0) operation.run();
  }

  /** Takes a finished operation out of line, and runs those that it alone held back. */
  leave(operation: TopicOperation): void {
    // Cleared by `clear`.
    if (!this.#operations.delete(operation)) return;
    if (operation.isRequest) this.#requests -= 1;
    const ready: TopicOperation[] = [];
    for (const topic of operation.topics) {
      const queue = this.#queues.get(topic) as TopicOperation[];
      queue.shift();
      const next = queue[0];
      if (next === undefined) {
        this.#queues.delete(topic);
      } else {
        next.blockedBy -= 1;
        if (next.blockedBy === 0) ready.push(next);
      }
    }
    for (const next of ready) next.run();
  }

  /** Forgets everything that waits; none of it runs. */
  clear(): void {
    this.#queues.clear();
    this.#operations.clear();
    this.#requests = 0;
  }
}
