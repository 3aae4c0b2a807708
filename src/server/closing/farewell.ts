import type { ByeResult, GoawayParams, RequestId } from "../../protocol/json-rpc/messages.ts";
import { SERVER_METHODS } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { encodeNotification, encodeResult } from "../methods/answers.ts";
import type { SessionCloseOptions } from "../server-session.ts";
import type { SessionReceipt } from "./receipts.ts";
import { endAllSubscriptions } from "./session-end.ts";

/** Of the time for a close, the share after which the close handshake begins regardless. */
const DRAIN_SHARE = 0.8;

/** Is a client's bye. */
export interface Farewell {
  readonly id: RequestId;
  readonly receivedMs: number;
  readonly lastSeq: Readonly<Record<string, number>> | null;
  readonly notifications: number | null;
  readonly subscribed: Readonly<Record<string, number>>;
  /** Whether it was answered, and when. */
  isAnswered: boolean;
  answeredMs: number;
}

/** Is a close that the server began. */
export interface Drain {
  /** `close`: no new request is taken; `goaway`: the client was asked to say bye. */
  readonly type: "close" | "goaway";
  readonly code: number;
  readonly reason: string;
  readonly startedMs: number;
  readonly subscribed: Readonly<Record<string, number>>;
  /** The receipt, once there is one. */
  readonly receipt: Promise<SessionReceipt>;
  settle(receipt: SessionReceipt): void;
}

/**
 * Takes a bye: what is held back precedes its answer, no event follows it, and its answer follows every earlier one.
 * Whoever handed the message over goes on with `checkDrained`.
 */
export function bye(session: LiveSession, id: RequestId, params: unknown): void {
  const seen = readByeParams(params);
  if (seen === null) {
    session.refuse(
      null,
      id,
      "INVALID_PARAMS",
      "lastSeq maps topics to numbers; notifications is a number",
    );
    return;
  }
  session.backlog?.flush();
  session.farewell = {
    id,
    receivedMs: session.core.clock.now(),
    lastSeq: seen.lastSeq,
    notifications: seen.notifications,
    subscribed: endAllSubscriptions(session),
    isAnswered: false,
    answeredMs: 0,
  };
}

/** Tells whether a session gets no more events: its client said bye, or the server closes it. */
export function isLeaving({ farewell, drain }: LiveSession): boolean {
  return farewell !== null || drain?.type === "close";
}

/**
 * Goes on with a bye or a close whose session has nothing in flight any more. A request that is done at once is in
 * flight as well, and what it calls, a method or a listener, may be who closes.
 */
export function checkDrained(session: LiveSession): void {
  if (!session.isOpen || session.inFlight > 0 || session.isReceiving) return;
  const { farewell, drain } = session;
  if (farewell !== null && !farewell.isAnswered) {
    farewell.isAnswered = true;
    farewell.answeredMs = session.core.clock.now();
    const { id, subscribed: lastSeq } = farewell;
    const { notifications } = session;
    const isBare = Object.keys(lastSeq).length === 0;
    const result: ByeResult = isBare ? { notifications } : { notifications, lastSeq };
    session.write(encodeResult(id, result));
  }
  if (drain === null) return;
  // Who never said hello is no session that would say bye; who said bye closes by itself.
  const isExpectedToClose = farewell !== null || session.key !== null;
  if (drain.type !== "close" && isExpectedToClose) return;
  // What waits for its interval alone is not in the backlog.
  for (const { thinning } of session.subscriptions?.toArray() ?? []) thinning?.flush();
  session.backlog?.flush();
  session.end(drain.code, drain.reason);
}

/** Ends one session for the server's own reasons. */
export function closeSession(
  session: LiveSession,
  options: SessionCloseOptions,
): Promise<SessionReceipt> {
  const { deadlineMs = 5_000, code = 1000, reason = "" } = options;
  checkDeadline(deadlineMs);
  if (!(code === 1000 || (Number.isInteger(code) && code >= 4000 && code <= 4999))) {
    throw new RangeError(`code must be 1000 or an integer from 4000 to 4999, got ${code}`);
  }
  const reasonBytes = Buffer.byteLength(reason, "utf8");
  if (reasonBytes > 123) {
    throw new RangeError(`reason must be at most 123 bytes, got ${reasonBytes}`);
  }
  if (session.receipt !== null) return Promise.resolve(session.receipt);
  if (session.drain !== null && session.drain.type === "close") return session.drain.receipt;
  const { clock } = session.core;
  const hurry = clock.setTimer(() => session.end(code, reason), deadlineMs * DRAIN_SHARE);
  const giveUp = clock.setTimer(() => session.connection.terminate(), deadlineMs);
  const before = session.drain;
  session.drain = createDrain(session, "close", code, reason, (receipt) => {
    clock.clearTimer(hurry);
    clock.clearTimer(giveUp);
    before?.settle(receipt);
  });
  checkDrained(session);
  return session.drain.receipt;
}

/** Asks one client to say bye and come back later. Its deadline is the caller's to watch. */
export function sendAway(
  session: LiveSession,
  deadlineMs: number,
  code: number,
): Promise<SessionReceipt> {
  if (session.receipt !== null) return Promise.resolve(session.receipt);
  if (session.drain !== null) return session.drain.receipt;
  session.drain = createDrain(session, "goaway", code, "going away", () => {});
  const params: GoawayParams = { deadlineMs };
  session.write(encodeNotification(SERVER_METHODS.goaway, JSON.stringify(params)));
  checkDrained(session);
  return session.drain.receipt;
}

/** @throws RangeError when a deadline is not a number from 0 up. */
export function checkDeadline(deadlineMs: number): void {
  if (!(deadlineMs >= 0 && Number.isFinite(deadlineMs))) {
    throw new RangeError(`deadlineMs must be a finite number from 0 up, got ${deadlineMs}`);
  }
}

/** The share of a deadline after which the close handshake begins, in milliseconds. */
export function drainMs(deadlineMs: number): number {
  return deadlineMs * DRAIN_SHARE;
}

function createDrain(
  session: LiveSession,
  type: Drain["type"],
  code: number,
  reason: string,
  onSettled: (receipt: SessionReceipt) => void,
): Drain {
  let resolve: (receipt: SessionReceipt) => void = () => {};
  const receipt = new Promise<SessionReceipt>((settle) => {
    resolve = settle;
  });
  return {
    type,
    code,
    reason,
    startedMs: session.core.clock.now(),
    // Who is asked to say bye gets its events until then.
    subscribed: type === "close" ? endAllSubscriptions(session) : {},
    receipt,
    settle(value) {
      onSettled(value);
      resolve(value);
    },
  };
}

function readByeParams(
  params: unknown,
): { lastSeq: Record<string, number> | null; notifications: number | null } | null {
  if (params === undefined) return { lastSeq: null, notifications: null };
  if (typeof params !== "object" || params === null || Array.isArray(params)) return null;
  const { lastSeq = null, notifications = null } = params as Record<string, unknown>;
  if (notifications !== null && !isCount(notifications)) return null;
  if (lastSeq !== null) {
    if (typeof lastSeq !== "object" || Array.isArray(lastSeq)) return null;
    if (!Object.values(lastSeq).every(isCount)) return null;
  }
  return { lastSeq: lastSeq as Record<string, number> | null, notifications };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
