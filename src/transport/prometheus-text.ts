import type { Counters } from "../session/counters.ts";
import type { LatencyFigures } from "../session/delivery/latency-figures.ts";
import type { SessionLatency, SessionTopicLatency } from "../session/delivery/session-latency.ts";
import { PrometheusWriter } from "../session/prometheus-writer.ts";
import type { SessionStats } from "../session/session-stats.ts";

type Gauge = Exclude<keyof SessionStats, keyof Counters | "latency" | "oldestEventAgeMs">;

const GAUGES: Readonly<Record<Gauge, string>> = {
  queueDepth: "Events in the session's own queue",
  operationsHeld: "Operations that wait for a connection",
  operationsInFlight: "Operations that are unanswered",
  topicsLive: "Topics that are live",
  topicsSubscribing: "Topics whose subscribe is unanswered",
  eventsQueued: "Values that wait for handlers, or are being handled",
  bytesBuffered: "Bytes that have not left the process",
};

const COUNTERS: Readonly<Record<keyof Counters, string>> = {
  connections: "Connections opened",
  connectionsLost: "Connections lost",
  messagesSent: "Messages written",
  messagesReceived: "Messages received",
  eventsReceived: "Events received, on topics that were wanted",
  strayEvents: "Events that nobody wanted",
  duplicateEvents: "Events received for a second time",
  lateAcks: "Answers that came after their token had settled",
  strayAnswers: "Answers to nothing that was asked",
  violations: "Messages that the protocol does not allow",
  intercepted: "Messages that an interceptor stopped",
  pauses: "Times that the session stopped reading from its socket",
  handlerFailures: "Handlers that threw or rejected",
  discardedEvents: "Events received and thrown away",
};

const LATENCIES: Readonly<Record<keyof SessionTopicLatency, string>> = {
  publishToReceived: "From the publish of an event to its receipt, by two clocks",
  receivedToStart: "From the receipt of an event to its first handler",
  startToEnd: "From there until the last handler was done",
};

/**
 * Writes a session's stats in the Prometheus text format, as `SessionServer.prometheus` does the server's; on Node. Every
 * name begins with `orderly_ws_session_`, so that both may be of one process. With the session's option
 * `latency` the three parts of its events' way to the handlers are summaries by topic: those up to `maxTopics` by the
 * label `topic`, the others together without one.
 *
 * @example
 * ```ts
 * response.end(prometheusText(session.stats()));
 * ```
 */
export function prometheusText(stats: SessionStats): string {
  const writer = new PrometheusWriter("orderly_ws_session_");
  for (const [name, help] of Object.entries(GAUGES) as [Gauge, string][])
    writer.gauge(name, help, stats[name]);
  // Times are in seconds in that format.
  const ageSeconds = stats.oldestEventAgeMs / 1_000;
  writer.gauge("oldestEventAgeSeconds", "How long the oldest of the values has waited", ageSeconds);
  for (const [name, help] of Object.entries(COUNTERS) as [keyof Counters, string][])
    writer.counter(name, help, stats[name]);
  if (stats.latency !== undefined) writeLatency(writer, stats.latency);
  return writer.text;
}

function writeLatency(writer: PrometheusWriter, { topics, otherTopics }: SessionLatency): void {
  for (const [part, help] of Object.entries(LATENCIES) as [keyof SessionTopicLatency, string][]) {
    const figures: [string | undefined, LatencyFigures][] = Object.entries(topics).map(
      ([topic, each]) => [topic, each[part]],
    );
    if (otherTopics !== null) figures.push([undefined, otherTopics[part]]);
    // Empty where the server does not say when it published.
    writer.latency(
      part,
      help,
      figures.filter(([, { count }]) => count > 0),
    );
  }
}
