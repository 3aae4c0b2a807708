import type { Counters } from "./counters.ts";
import type { SessionLatency } from "./delivery/session-latency.ts";
import type { SessionCore } from "./session-core.ts";

/** What a session has counted, and how full its queues are. */
export interface SessionStats extends Readonly<Counters> {
  /** Events in the session's own queue. */
  readonly queueDepth: number;
  /** Operations that wait for a connection. */
  readonly operationsHeld: number;
  /** Operations that were written and are unanswered. */
  readonly operationsInFlight: number;
  /** Topics that are live. */
  readonly topicsLive: number;
  /** Topics whose subscribe is unanswered. */
  readonly topicsSubscribing: number;
  /** Values that wait for subscriptions' handlers, or are being handled. */
  readonly eventsQueued: number;
  /** For how long the value that has waited longest has waited for its handler, in milliseconds. */
  readonly oldestEventAgeMs: number;
  /** Bytes handed to the transport that have not left the process. */
  readonly bytesBuffered: number;
  /** How long events were on their way to the handlers; absent unless the session's option `latency` is set. */
  readonly latency?: SessionLatency;
}

/** Reads the figures of a session. */
export function readStats(core: SessionCore): SessionStats {
  let oldestEventAgeMs = core.deliveries.connectionLane.oldestAgeMs;
  for (const { lanes } of core.deliveries.subscriptions) {
    for (const lane of lanes) oldestEventAgeMs = Math.max(oldestEventAgeMs, lane.oldestAgeMs);
  }
  return {
    ...core.kernel.counters,
    queueDepth: core.kernel.queue.depth,
    operationsHeld: core.operations.held,
    operationsInFlight: core.operations.inFlightCount,
    topicsLive: core.book.channelTable.live,
    topicsSubscribing: core.book.channelTable.subscribing,
    eventsQueued: core.kernel.backlog.size,
    oldestEventAgeMs,
    bytesBuffered: core.link.bufferedBytes,
    ...(core.latency === undefined ? undefined : { latency: core.latency.summarize() }),
  };
}
