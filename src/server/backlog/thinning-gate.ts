import type { DeliveryPolicy } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import type { EventGate } from "../topics/topic.ts";
import type { TopicEvent } from "../topics/topic-event.ts";
import { Backlog, type HeldBack } from "./backlog.ts";
import { createHeldEvents, type HeldEvents } from "./held-events.ts";
import type { Sleeper } from "./sample-timers.ts";

/** Makes the gate of a policy; null for `reliable`, which needs none. */
export function createThinningGate(
  session: LiveSession,
  policy: DeliveryPolicy | undefined,
): ThinningGate | null {
  const held = policy === undefined ? null : createHeldEvents(policy);
  if (held === null) return null;
  const intervalMs = policy?.type === "sample" ? policy.intervalMs : 0;
  return new ThinningGate(session, held, intervalMs);
}

/**
 * Thins the events of one subscription, as its policy allows, while its session is behind.
 *
 * Every event is written or counted with one that is written later, so the counts add up to what was published.
 */
export class ThinningGate implements EventGate, HeldBack, Sleeper {
  wakeGrain: number | null = null;
  readonly #session: LiveSession;
  readonly #backlog: Backlog;
  readonly #held: HeldEvents;
  readonly #intervalMs: number;
  /** When the next event may be written. */
  #dueMs = Number.NEGATIVE_INFINITY;

  /** @param intervalMs - Milliseconds between two events; 0 for a policy that knows none. */
  constructor(session: LiveSession, held: HeldEvents, intervalMs: number) {
    session.backlog ??= new Backlog(session);
    this.#session = session;
    this.#backlog = session.backlog;
    this.#held = held;
    this.#intervalMs = intervalMs;
  }

  /** Whether what is held is bounded whatever is published. */
  get isBounded(): boolean {
    return this.#held.canDrop;
  }

  take(event: TopicEvent): void {
    if (event.isGap) {
      // Nothing can be counted with it, and it must not overtake what is held.
      this.flush();
      this.#session.deliver(event.frame);
      return;
    }
    const isBlocked = this.#backlog.blocks(event.byteLength);
    if (!isBlocked && this.#held.size === 0 && this.#isDue) {
      this.#write(event, 1);
      return;
    }
    this.#hold(event);
    this.wake();
  }

  /** Takes what a subscriber missed, of which a policy with an interval needs the newest alone. */
  takeAll(events: readonly TopicEvent[]): void {
    if (this.#intervalMs === 0) {
      for (const event of events) this.take(event);
      return;
    }
    for (const event of events) {
      if (event.isGap) this.take(event);
      else this.#hold(event);
    }
    this.wake();
  }

  release(): boolean {
    for (;;) {
      const next = this.#held.peek();
      if (next === undefined) return true;
      if (!this.#isDue) {
        this.#session.core.samples.add(this, this.#dueMs);
        return true;
      }
      if (this.#backlog.blocks(next.event.byteLength)) return false;
      this.#writeNext();
    }
  }

  flush(): void {
    this.#session.core.samples.delete(this);
    while (this.#held.size > 0) this.#writeNext();
  }

  wake(): void {
    if (!this.release()) this.#backlog.wait(this);
  }

  /** Ends the subscription: what is held is written, where the session can still be written to. */
  end(): void {
    this.flush();
    this.#backlog.leave(this);
  }

  dropOldest(): boolean {
    const held = this.#held;
    if (!held.canDrop || held.size < 2) return false;
    const before = held.bytes;
    held.drop();
    this.#backlog.heldBytes += held.bytes - before;
    this.#backlog.heldMessages -= 1;
    this.#session.core.counters.eventsConflated += 1;
    return true;
  }

  get #isDue(): boolean {
    return this.#intervalMs === 0 || this.#session.core.samples.nowMs >= this.#dueMs;
  }

  #hold(event: TopicEvent): void {
    const backlog = this.#backlog;
    const held = this.#held;
    const { size } = held;
    backlog.heldBytes -= held.bytes;
    held.add(event);
    backlog.heldBytes += held.bytes;
    backlog.heldMessages += held.size - size;
    if (held.size === size) this.#session.core.counters.eventsConflated += 1;
    while (held.canDrop && held.size > 1 && !backlog.hasShare) this.dropOldest();
    if (backlog.heldMessages > 1 && !backlog.makeRoom(0)) this.#session.endSlow();
  }

  #writeNext(): void {
    const before = this.#held.bytes;
    const next = this.#held.shift();
    if (next === undefined) return;
    this.#backlog.heldBytes += this.#held.bytes - before;
    this.#backlog.heldMessages -= 1;
    this.#write(next.event, next.count);
  }

  #write(event: TopicEvent, count: number): void {
    if (!this.#session.isOpen) return;
    if (this.#intervalMs > 0) this.#dueMs = this.#session.core.samples.nowMs + this.#intervalMs;
    this.#session.deliver(event.standingFor(count));
  }
}
