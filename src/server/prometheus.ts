import type { LatencyFigures } from "../session/delivery/latency-figures.ts";
import { PrometheusWriter } from "../session/prometheus-writer.ts";
import type { ServerLatency } from "./fanout/latency-accounting.ts";
import type { ServerCounters } from "./server-counters.ts";
import type { ServerStats } from "./server-stats.ts";

type Gauge =
  | "sessions"
  | "provisional"
  | "users"
  | "topics"
  | "historyBytes"
  | "subscriptions"
  | "authorizations"
  | "idempotencyEntries"
  | "idempotencyBytes"
  | "bufferedBytes"
  | "behind"
  | "heldMessages"
  | "heldBytes";

const GAUGES: Readonly<Record<Gauge, string>> = {
  sessions: "Sessions that are admitted",
  provisional: "Connections at a full limit that may still say hello",
  users: "Users with a session",
  topics: "Topics with subscribers or a position",
  historyBytes: "Bytes that the histories of topics take, about",
  subscriptions: "Subscriptions over all sessions",
  authorizations: "Calls of authenticate and authorize under way",
  idempotencyEntries: "Idempotency keys that are known",
  idempotencyBytes: "Bytes that the answers kept for idempotency keys take, about",
  bufferedBytes: "Bytes that clients have not taken",
  behind: "Sessions that are behind",
  heldMessages: "Messages held back for sessions that are behind",
  heldBytes: "Bytes of those messages",
};

const COUNTERS: Readonly<Record<keyof ServerCounters, string>> = {
  connections: "Connections handed to the core",
  refusedUpgrades: "Upgrades refused",
  messagesReceived: "Messages from clients",
  strayAnswers: "Answers to requests never made",
  notificationsAccepted: "Notifications that ran a method",
  notificationsDropped: "Notifications dropped",
  methodsStarted: "Method calls begun",
  methodsLate: "Methods that ended after their time",
  requestsRepeated: "Calls answered by the answer of another one with the same idempotency key",
  messagesSent: "Messages written",
  eventsPublished: "Events published",
  eventsDelivered: "Events written, once for each subscriber",
  eventsOversized: "Events of other processes above maxEventBytes",
  eventsConflated: "Events counted with a later one for a slow subscriber",
  sessionsBehind: "Times that a session fell behind",
  pingsSent: "WebSocket pings sent",
  slowClosed: "Sessions closed for reading too slowly",
};

/**
 * Writes stats in the Prometheus text format. Labels are close codes and error names of the
 * library's own tables only, and topics up to `latency.maxTopics`, so their number is bounded.
 */
export function formatPrometheus(stats: ServerStats): string {
  const writer = new PrometheusWriter("orderly_ws_");
  for (const [name, help] of Object.entries(GAUGES) as [Gauge, string][])
    writer.gauge(name, help, stats[name]);
  for (const [name, help] of Object.entries(COUNTERS) as [keyof ServerCounters, string][])
    writer.counter(name, help, stats[name]);
  writer.counter("topicsEvicted", "Topics forgotten to keep within the limit", stats.topicsEvicted);
  writer.counter(
    "idempotencyEvicted",
    "Answers of idempotency keys forgotten to keep within a limit",
    stats.idempotencyEvicted,
  );
  writer.counterBy("code", "closes", "Connections ended, by close code", stats.closes);
  writer.counterBy("code", "errorAnswers", "Error answers, by name", stats.errorAnswers);
  if (stats.latency !== null) writeLatency(writer, stats.latency);
  return writer.text;
}

function writeLatency(writer: PrometheusWriter, { topics, otherTopics }: ServerLatency): void {
  const figures: [string | undefined, LatencyFigures][] = Object.entries(topics).map(
    ([topic, each]) => [topic, each.publishToWritten],
  );
  if (otherTopics !== null) figures.push([undefined, otherTopics.publishToWritten]);
  writer.latency("publishToWritten", "From the publish of an event to its last write", figures);
}
