import type { ServerLatency } from "./fanout/latency-accounting.ts";
import type { ServerCore } from "./server-core.ts";
import type { ServerCounters } from "./server-counters.ts";
import type { ServerLimits } from "./server-limits.ts";

/** Is what a server is doing and has done. */
export interface ServerStats extends Readonly<ServerCounters> {
  /** Sessions that are admitted. */
  readonly sessions: number;
  /** Connections at a full limit that may still say hello. */
  readonly provisional: number;
  /** Users with a session. */
  readonly users: number;
  /** Topics with subscribers or a position. */
  readonly topics: number;
  /** Topics forgotten to keep within `maxTopics`. */
  readonly topicsEvicted: number;
  /** About how many bytes the histories of topics take. */
  readonly historyBytes: number;
  /** Subscriptions, over all sessions. */
  readonly subscriptions: number;
  /** Calls of `authenticate` and `authorize` under way. */
  readonly authorizations: number;
  /** Idempotency keys that are known, of runs under way too. */
  readonly idempotencyEntries: number;
  /** About how many bytes the answers kept for them take. */
  readonly idempotencyBytes: number;
  /** Answers that were forgotten before `dedupWindowMs`, to keep within a limit. */
  readonly idempotencyEvicted: number;
  /** Bytes handed over that clients have not taken. */
  readonly bufferedBytes: number;
  /** Sessions that are behind: over `highWatermarkBytes`, and not yet down to `lowWatermarkBytes`. */
  readonly behind: number;
  /** Messages that are held back for them, and for subscriptions whose interval is not over. */
  readonly heldMessages: number;
  /** Bytes of those messages. An event that is held for many sessions is there once, and counts for each. */
  readonly heldBytes: number;
  /** Connections that ended, by close code; 0 for codes that are not this library's. */
  readonly closes: Readonly<Record<number, number>>;
  /** Error answers, by name in `WIRE_ERRORS`. */
  readonly errorAnswers: Readonly<Record<string, number>>;
  /** How long events took, where that is measured; else null. */
  readonly latency: ServerLatency | null;
  /** The limits in force. */
  readonly limits: ServerLimits;
}

/** Takes stock. */
export function takeStats(core: ServerCore): ServerStats {
  let bufferedBytes = 0;
  let behind = 0;
  let heldMessages = 0;
  let heldBytes = 0;
  for (const session of core.sweep.toArray()) {
    bufferedBytes += session.bufferedBytes;
    const { backlog } = session;
    if (backlog === null) continue;
    if (backlog.isBehind) behind += 1;
    heldMessages += backlog.heldMessages;
    heldBytes += backlog.heldBytes;
  }
  return {
    sessions: core.admission.admitted,
    provisional: core.provisional,
    users: core.admission.users.users,
    ...core.backplane.stats(),
    subscriptions: core.topics.subscriptions,
    authorizations: core.authorizations.size + core.authenticating,
    idempotencyEntries: core.idempotency.size,
    idempotencyBytes: core.idempotency.bytes,
    idempotencyEvicted: core.idempotency.evicted,
    bufferedBytes,
    behind,
    heldMessages,
    heldBytes,
    ...core.counters,
    closes: Object.fromEntries(core.closes),
    errorAnswers: Object.fromEntries(core.errorAnswers),
    latency: core.latency?.summarize() ?? null,
    limits: core.limits,
  };
}
