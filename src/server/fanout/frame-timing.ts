import { channel } from "node:diagnostics_channel";
import type { LatencyAccounting } from "./latency-accounting.ts";

/**
 * What the channel `orderly-ws:event-written` of `node:diagnostics_channel` carries: one message for each event whose
 * latency is measured, after its last write.
 */
export interface EventWrittenMessage {
  /** The topic's name. */
  readonly topic: string;
  /** Number of the event on the topic. */
  readonly seq: number;
  /** Milliseconds from the publish to the last write. */
  readonly publishToWrittenMs: number;
}

/** Name of the `diagnostics_channel` that {@link EventWrittenMessage}s are published on. */
export const EVENT_WRITTEN_CHANNEL = "orderly-ws:event-written";

const written = channel(EVENT_WRITTEN_CHANNEL);

/** Measures one event from its publish to its last write. */
export class FrameTiming {
  /** Whether its end is somebody's business already: of whoever holds the frame back to the end of a turn. */
  isAwaited = false;
  readonly #accounting: LatencyAccounting;
  readonly #topic: string;
  readonly #seq: number;
  readonly #publishedMs: number;

  /** @param publishedMs - On the accounting's clock. */
  constructor(accounting: LatencyAccounting, topic: string, seq: number, publishedMs: number) {
    this.#accounting = accounting;
    this.#topic = topic;
    this.#seq = seq;
    this.#publishedMs = publishedMs;
  }

  /** Ends the measurement: the last write was made. */
  end(): void {
    // Where a subscriber still reads the history, a write may come later; it is not the publisher's doing.
    this.isAwaited = true;
    const publishToWrittenMs = this.#accounting.count(this.#topic, this.#publishedMs);
    if (!written.hasSubscribers) return;
    const message: EventWrittenMessage = {
      topic: this.#topic,
      seq: this.#seq,
      publishToWrittenMs,
    };
    written.publish(message);
  }
}
