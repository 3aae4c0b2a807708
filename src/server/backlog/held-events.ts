import type { DeliveryPolicy } from "../../protocol/json-rpc/messages.ts";
import { Fifo } from "../../session/queue/fifo.ts";
import type { TopicEvent } from "../topics/topic-event.ts";

/** An event that is held back, and for how many it stands. */
interface HeldEvent {
  readonly event: TopicEvent;
  count: number;
}

/** What one subscription holds back, as its policy has it. Leaves in the order of the events' numbers. */
export interface HeldEvents {
  /** How many events are held. */
  readonly size: number;
  /** Bytes of their messages. */
  readonly bytes: number;
  /** Whether it may hold fewer than it does. */
  readonly canDrop: boolean;
  /** Holds one more. Whatever it supersedes is counted with what stays. */
  add(event: TopicEvent): void;
  /** Lets the oldest go, and counts it with the next one. Only while there are two. */
  drop(): void;
  /** Returns the oldest without taking it. */
  peek(): HeldEvent | undefined;
  /** Takes the oldest. */
  shift(): HeldEvent | undefined;
}

/** Makes what a policy needs; null for one that holds nothing back. */
export function createHeldEvents(policy: DeliveryPolicy): HeldEvents | null {
  switch (policy.type) {
    case "reliable":
      return null;
    case "latest":
      return policy.key === undefined ? new NewestEvents(1) : new NewestByKey(policy.key);
    case "sample":
      return new NewestEvents(1);
    case "drop-oldest":
      return new NewestEvents(policy.maxEvents);
  }
}

/** Holds the newest events, up to a number of them. */
class NewestEvents implements HeldEvents {
  readonly canDrop = true;
  readonly #maxEvents: number;
  readonly #events = new Fifo<HeldEvent>();
  #bytes = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  get size(): number {
    return this.#events.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(event: TopicEvent): void {
    this.#events.push({ event, count: 1 });
    this.#bytes += event.byteLength;
    if (this.size > this.#maxEvents) this.drop();
  }

  drop(): void {
    const dropped = this.shift();
    const next = this.#events.peek();
    if (dropped !== undefined && next !== undefined) next.count += dropped.count;
  }

  peek(): HeldEvent | undefined {
    return this.#events.peek();
  }

  shift(): HeldEvent | undefined {
    const first = this.#events.shift();
    if (first !== undefined) this.#bytes -= first.event.byteLength;
    return first;
  }
}

/** Holds the newest event of each key. */
class NewestByKey implements HeldEvents {
  readonly canDrop = false;
  readonly #member: string;
  /** A key whose event is superseded goes behind all others, so that they are in the order of their numbers. */
  readonly #byKey = new Map<string, HeldEvent>();
  #bytes = 0;

  constructor(member: string) {
    this.#member = member;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(event: TopicEvent): void {
    const key = event.keyOf(this.#member);
    const before = this.#byKey.get(key);
    if (before !== undefined) {
      this.#byKey.delete(key);
      this.#bytes -= before.event.byteLength;
    }
    this.#byKey.set(key, { event, count: (before?.count ?? 0) + 1 });
    this.#bytes += event.byteLength;
  }

  drop(): void {
    throw new Error("bug: the newest event of a key was to be dropped");
  }

  peek(): HeldEvent | undefined {
    for (const first of this.#byKey.values()) return first;
    return undefined;
  }

  shift(): HeldEvent | undefined {
    for (const [key, first] of this.#byKey) {
      this.#byKey.delete(key);
      this.#bytes -= first.event.byteLength;
      return first;
    }
    return undefined;
  }
}
