import type { TimerHandle } from "../clock.ts";
import type { TopicEvent } from "../topics/topic-event.ts";
import {
  type Delivery,
  type EventSlot,
  standFor,
  type Thinner,
  type ThinningParts,
} from "./thinning.ts";

/** A day. */
const LONGEST_MS = 86_400_000;

/**
 * Makes a policy for subscriptions that need to know at intervals: of each topic at most one event in any
 * `intervalMs`, the newest, which stands for those before it. Thinned by the server, and here where its events are
 * shared with other subscriptions or a handler is slow.
 *
 * @param intervalMs - Milliseconds; above 0, at most 86,400,000.
 * @throws RangeError when it is none of these.
 */
export function sample(intervalMs: number): Delivery {
  if (!(intervalMs > 0 && intervalMs <= LONGEST_MS))
    throw new RangeError(`intervalMs must be above 0 and at most ${LONGEST_MS}, got ${intervalMs}`);
  return {
    wire: { type: "sample", intervalMs },
    spec: { type: "sample", settings: [intervalMs] },
    thin: (parts) => new SampleThinner(intervalMs, parts),
  };
}

class SampleThinner implements Thinner {
  readonly #intervalMs: number;
  readonly #parts: ThinningParts;
  readonly #topics = new Map<string, SampledTopic>();

  constructor(intervalMs: number, parts: ThinningParts) {
    this.#intervalMs = intervalMs;
    this.#parts = parts;
  }

  accept(event: TopicEvent, _mayGrow: boolean, mayBegin: boolean): EventSlot | null | undefined {
    let sampled = this.#topics.get(event.topic);
    if (sampled === undefined) {
      sampled = new SampledTopic(event.topic, this.#intervalMs, this.#parts);
      this.#topics.set(event.topic, sampled);
    }
    return sampled.accept(event, mayBegin);
  }

  seal(topic: string): void {
    this.#topics.get(topic)?.seal();
  }

  discard(topic?: string): number {
    let heldBack = 0;
    for (const sampled of this.#topics.values())
      if (topic === undefined || sampled.topic === topic) heldBack += sampled.discard();
    return heldBack;
  }
}

/** One topic: its newest event, and when the next one may go. */
class SampledTopic {
  readonly topic: string;
  readonly #intervalMs: number;
  readonly #parts: ThinningParts;
  #takenAtMs = -Infinity;
  #slot: SampledSlot | undefined;
  // Held back: in no lane yet.
  #held: TopicEvent | undefined;
  #timer: TimerHandle | undefined;

  constructor(topic: string, intervalMs: number, parts: ThinningParts) {
    this.topic = topic;
    this.#intervalMs = intervalMs;
    this.#parts = parts;
  }

  accept(event: TopicEvent, mayBegin: boolean): EventSlot | null | undefined {
    const slot = this.#slot;
    if (slot?.event !== undefined) {
      slot.event = standFor(slot.event, event);
      return undefined;
    }
    if (this.#held !== undefined) {
      this.#held = standFor(this.#held, event);
      return undefined;
    }
    const { clock } = this.#parts;
    const waitMs = this.#takenAtMs + this.#intervalMs - clock.now();
    if (waitMs <= 0) return mayBegin ? this.#makeSlot(event) : null;
    this.#held = event;
    this.#timer = clock.setTimer(() => this.#release(), waitMs);
    return undefined;
  }

  /** What is held back goes now: something is to come behind it. */
  seal(): void {
    this.#release();
    this.#slot = undefined;
  }

  discard(): number {
    const heldBack = this.#held === undefined ? 0 : 1;
    this.#held = undefined;
    this.#slot = undefined;
    this.#disarm();
    return heldBack;
  }

  #release(): void {
    this.#disarm();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#parts.push(this.#makeSlot(held));
  }

  #makeSlot(event: TopicEvent): EventSlot {
    this.#slot = new SampledSlot(event, () => {
      this.#takenAtMs = this.#parts.clock.now();
    });
    return this.#slot;
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}

class SampledSlot implements EventSlot {
  readonly topic: string;
  /** Undefined once it was taken. */
  event: TopicEvent | undefined;
  readonly #onTaken: () => void;

  constructor(event: TopicEvent, onTaken: () => void) {
    this.topic = event.topic;
    this.event = event;
    this.#onTaken = onTaken;
  }

  take(): TopicEvent {
    const { event } = this;
    if (event === undefined) throw new Error("bug: a slot without an event");
    this.event = undefined;
    this.#onTaken();
    return event;
  }
}
