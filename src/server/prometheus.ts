import type { LatencyFigures } from "../session/delivery/latency-figures.ts";
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
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatPrometheus(stats: ServerStats): string {
  const lines: string[] = [];
  for (const [name, help] of Object.entries(GAUGES) as [Gauge, string][]) {
    write(lines, metricName(name), "gauge", help, [["", stats[name]]]);
  }
  for (const [name, help] of Object.entries(COUNTERS) as [keyof ServerCounters, string][]) {
    write(lines, `${metricName(name)}_total`, "counter", help, [["", stats[name]]]);
  }
  write(
    lines,
    "orderly_ws_topics_evicted_total",
    "counter",
    "Topics forgotten to keep within the limit",
    [["", stats.topicsEvicted]],
  );
  write(
    lines,
    "orderly_ws_idempotency_evicted_total",
    "counter",
    "Answers of idempotency keys forgotten to keep within a limit",
    [["", stats.idempotencyEvicted]],
  );
  const closes = Object.entries(stats.closes).map(labelled("code"));
  write(lines, "orderly_ws_closes_total", "counter", "Connections ended, by close code", closes);
  const errors = Object.entries(stats.errorAnswers).map(labelled("code"));
  write(lines, "orderly_ws_error_answers_total", "counter", "Error answers, by name", errors);
  if (stats.latency !== null) writeLatency(lines, stats.latency);
  return `${lines.join("\n")}\n`;
}

const QUANTILES = [
  ["0.5", "p50Ms"],
  ["0.9", "p90Ms"],
  ["0.99", "p99Ms"],
  ["1", "maxMs"],
] as const;

/** A summary in seconds, the base unit of that format. The topics without figures of their own have no label. */
function writeLatency(lines: string[], { topics, otherTopics }: ServerLatency): void {
  const labelled = Object.entries(topics).map(([topic, each]): [string, LatencyFigures] => [
    `topic="${escapeLabel(topic)}"`,
    each.publishToWritten,
  ]);
  if (otherTopics !== null) labelled.push(["", otherTopics.publishToWritten]);
  const name = "orderly_ws_publish_to_written_seconds";
  write(lines, name, "summary", "From the publish of an event to its last write", []);
  for (const [label, summary] of labelled) {
    const comma = label === "" ? "" : ",";
    for (const [quantile, figure] of QUANTILES) {
      const seconds = summary[figure] / 1_000;
      lines.push(`${name}{${label}${comma}quantile="${quantile}"} ${seconds}`);
    }
    const labels = label === "" ? "" : `{${label}}`;
    lines.push(`${name}_sum${labels} ${(summary.meanMs * summary.count) / 1_000}`);
    lines.push(`${name}_count${labels} ${summary.count}`);
  }
}

/** A topic's name has no line breaks. */
function escapeLabel(value: string): string {
  return value.replaceAll(/[\\"]/g, (character) => `\\${character}`);
}

function labelled(label: string): (entry: [string, number]) => [string, number] {
  return ([value, count]) => [`{${label}="${value}"}`, count];
}

function write(
  lines: string[],
  name: string,
  type: "gauge" | "counter" | "summary",
  help: string,
  samples: readonly (readonly [string, number])[],
): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`);
}

function metricName(name: string): string {
  return `orderly_ws_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
