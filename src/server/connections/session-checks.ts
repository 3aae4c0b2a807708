import type { LiveSession } from "../live-session.ts";
import { expireAuthentication } from "./authentication.ts";

/** Spreads the pings of sessions that came together over the last quarter of the interval. */
const PING_SPREAD = 0.25;
const PING_PHASES = 64;

/** Does what has fallen due in a session since the last look at it. */
export function checkSession(session: LiveSession, nowMs: number): void {
  const { limits } = session.core;
  if (session.phase === "ended") {
    if (nowMs - session.endedMs >= limits.closeTimeoutMs) session.connection.terminate();
    return;
  }
  if (session.authentication !== null) {
    if (nowMs - session.authentication.startedMs >= limits.authorizeTimeoutMs) {
      expireAuthentication(session);
    }
  }
  session.methods?.checkDeadline(nowMs);
  session.backlog?.look();
  if (session.farewell?.isAnswered) {
    if (nowMs - session.farewell.answeredMs >= limits.closeTimeoutMs) session.end("normal", "bye");
    return;
  }
  if (session.provisional !== null && nowMs - session.openedMs >= limits.handshakeTimeoutMs) {
    session.end(session.provisional, "no session to replace");
    return;
  }
  if (!checkCredentials(session, nowMs)) return;
  checkSilence(session, nowMs);
  if (session.inFlightIds?.size === 0) session.inFlightIds = null;
}

function checkCredentials(session: LiveSession, nowMs: number): boolean {
  const { core } = session;
  if (core.authenticate === null) return true;
  if (session.principal === null) {
    if (nowMs - session.openedMs < core.limits.unauthenticatedTimeoutMs) return true;
    session.end("unauthenticated", "no credentials in time");
    return false;
  }
  const { expiresAt } = session.principal;
  if (expiresAt === undefined || core.wallNow() < expiresAt + core.limits.expiryGraceMs)
    return true;
  session.end("unauthenticated", "credentials expired");
  return false;
}

function checkSilence(session: LiveSession, nowMs: number): void {
  const { limits, counters } = session.core;
  const silentMs = nowMs - session.heardMs;
  if (silentMs >= limits.idleTimeoutMs) {
    session.end("idle", "nothing heard");
    return;
  }
  const early = PING_SPREAD * ((session.id % PING_PHASES) / PING_PHASES);
  if (silentMs < limits.pingIntervalMs * (1 - early)) return;
  // One ping a silence: an answer, or any message, ends it.
  if (session.pingedMs > session.heardMs) return;
  session.pingedMs = nowMs;
  counters.pingsSent += 1;
  session.connection.ping();
}
