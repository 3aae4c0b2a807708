import {
  CLIENT_METHODS,
  type Idempotency,
  type RequestId,
} from "../../protocol/json-rpc/messages.ts";
import { fromParams } from "../../protocol/json-rpc/params.ts";
import { isReservedMethod } from "../../protocol/json-rpc/reserved-methods.ts";
import { bye } from "../closing/farewell.ts";
import { authenticate, hello, refuseForLimit } from "../connections/authentication.ts";
import { readIdempotency } from "../idempotency/idempotency.ts";
import type { LiveSession } from "../live-session.ts";
import { readHistory } from "../topics/history-request.ts";
import { subscribe, unsubscribe } from "../topics/topic-requests.ts";
import { encodeResult } from "./answers.ts";
import { BatchAnswer } from "./batch-answer.ts";
import { MethodCall } from "./method-call.ts";
import { MethodQueue } from "./method-queue.ts";
import { parseSafely } from "./safe-json.ts";
import { takeToken } from "./token-bucket.ts";

/** Elements of a JSON-RPC batch at most. */
const MAX_BATCH = 50;

/** Longest request id that is text, in UTF-16 code units. */
const MAX_ID_LENGTH = 256;

/** Is a message that waits for the decision about the session's credentials. */
export interface HeldMessage {
  readonly id: RequestId | undefined;
  readonly method: string;
  readonly params: unknown;
  readonly batch: BatchAnswer | null;
  readonly idempotency: Idempotency | null;
}

/** Takes one message off the wire. */
export function receive(session: LiveSession, data: string | Uint8Array): void {
  const { maxMessageBytes } = session.core.limits;
  if (data.length > maxMessageBytes) {
    session.end("tooBig", `messages have at most ${maxMessageBytes} bytes`);
    return;
  }
  if (typeof data !== "string") {
    session.end("unsupportedData", "messages are text");
    return;
  }
  const { value, fault } = parseSafely(data);
  if (fault === "syntax") refuseUnread(session, null, "PARSE_ERROR", "not JSON");
  else if (fault === "nesting") refuseUnread(session, null, "INVALID_REQUEST", "nested too deeply");
  else if (!Array.isArray(value)) receiveOne(session, value, null, fault === "proto");
  else if (fault === "proto") refuseUnread(session, null, "INVALID_PARAMS", PROTO_MESSAGE);
  else receiveBatch(session, value);
}

const PROTO_MESSAGE = "__proto__ is no key";

function receiveBatch(session: LiveSession, elements: readonly unknown[]): void {
  if (elements.length === 0 || elements.length > MAX_BATCH) {
    const message = `a batch has 1 to ${MAX_BATCH} elements, got ${elements.length}`;
    refuseUnread(session, null, "INVALID_REQUEST", message);
    return;
  }
  session.batches ??= new Set();
  const { batches } = session;
  const batch = new BatchAnswer((text) => {
    batches.delete(batch);
    if (text !== null) session.write(text);
  });
  batches.add(batch);
  for (const element of elements) receiveOne(session, element, batch, false);
  batch.seal();
}

/** Answers what is no request, so that its sender learns; it costs a token as any message. */
function refuseUnread(
  session: LiveSession,
  batch: BatchAnswer | null,
  code: "PARSE_ERROR" | "INVALID_REQUEST" | "INVALID_PARAMS",
  message: string,
): void {
  session.core.counters.messagesReceived += 1;
  if (!payToken(session)) return;
  batch?.expect();
  session.refuse(batch, null, code, message);
}

/** @returns Whether the session may go on; its rate may still be too high for this message. */
function payToken(session: LiveSession): boolean {
  if (takeToken(session, session.core.rate, session.heardMs) !== "excessive") return true;
  session.end("rateLimited", "over the request rate for too long");
  return false;
}

function receiveOne(
  session: LiveSession,
  value: unknown,
  batch: BatchAnswer | null,
  hasProtoKey: boolean,
): void {
  if (!session.isOpen) return;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    refuseUnread(session, batch, "INVALID_REQUEST", "a request is an object");
    return;
  }
  const { jsonrpc, id, method, params, idempotency } = value as Record<string, unknown>;
  if (method === undefined && ("result" in value || "error" in value)) {
    // An answer, to a request that was never made. Answers get no answer.
    session.core.counters.messagesReceived += 1;
    session.core.counters.strayAnswers += 1;
    payToken(session);
    return;
  }
  if (jsonrpc !== "2.0" || typeof method !== "string") {
    refuseUnread(session, batch, "INVALID_REQUEST", 'jsonrpc must be "2.0", method a string');
    return;
  }
  if (id !== undefined && !isRequestId(id)) {
    refuseUnread(session, batch, "INVALID_REQUEST", "id must be a string, a finite number or null");
    return;
  }
  session.core.counters.messagesReceived += 1;
  if (!payToken(session)) return;
  if (id === undefined) {
    // Without an answer, a key would promise what nobody can see.
    const isRefused = hasProtoKey || idempotency !== undefined;
    receiveNotification(session, method, params, isRefused);
    return;
  }
  batch?.expect();
  if (isInUse(session, id)) {
    // Under the id itself the answer would be taken for the other request's.
    session.refuse(batch, null, "INVALID_REQUEST", "the id is in use", { id });
    return;
  }
  batch?.ids.add(id);
  if (hasProtoKey) {
    session.refuse(batch, id, "INVALID_PARAMS", PROTO_MESSAGE);
  } else {
    const key = idempotency === undefined ? null : readIdempotency(idempotency);
    if (typeof key === "string") session.refuse(batch, id, "INVALID_REQUEST", key);
    else receiveRequest(session, { id, method, params, batch, idempotency: key });
  }
}

/** Tells whether an id belongs to a request that is not answered yet. */
function isInUse({ inFlightIds, held, batches }: LiveSession, id: RequestId): boolean {
  if (inFlightIds?.has(id) || held?.some((message) => message.id === id)) return true;
  if (batches === null) return false;
  for (const { ids } of batches) if (ids.has(id)) return true;
  return false;
}

function receiveRequest(session: LiveSession, request: HeldMessage): void {
  if (session.tokens < 0 && !RATE_EXEMPT.has(request.method))
    refuseCall(session, request, "RATE_LIMITED", "over the request rate");
  else route(session, request);
}

/** What ends or keeps a session alive is done at any rate; it still takes a token. */
const RATE_EXEMPT: ReadonlySet<string> = new Set([
  CLIENT_METHODS.bye,
  CLIENT_METHODS.ping,
  CLIENT_METHODS.unsubscribe,
]);

function receiveNotification(
  session: LiveSession,
  method: string,
  params: unknown,
  isRefused: boolean,
): void {
  if (isRefused || isReservedMethod(method) || session.tokens < 0)
    session.core.counters.notificationsDropped += 1;
  else route(session, { id: undefined, method, params, batch: null, idempotency: null });
}

/** Holds a message back while the session's first credentials are judged; else does it. */
function route(session: LiveSession, message: HeldMessage): void {
  const isHeld = session.authentication !== null && session.principal === null;
  if (!isHeld || message.method === CLIENT_METHODS.ping) {
    perform(session, message);
    return;
  }
  session.held ??= [];
  if (session.held.length < session.core.limits.maxPendingMethods) session.held.push(message);
  else refuseCall(session, message, "TOO_MANY_PENDING", "too many requests wait");
}

/** Does what a message asks for. */
export function perform(session: LiveSession, message: HeldMessage): void {
  const { id, method, params, batch } = message;
  if (!isReservedMethod(method)) {
    const obstacle = findObstacle(session, method);
    if (obstacle === null) callMethod(session, message);
    else if (obstacle === "limit") refuseAtLimit(session, message);
    else refuseCall(session, message, obstacle, OBSTACLE_MESSAGES[obstacle]);
    return;
  }
  // Reserved notifications were dropped before, so there is an id.
  const requestId = id as RequestId;
  if (batch !== null) {
    session.refuse(batch, requestId, "INVALID_REQUEST", "session.* and topic.* stand alone");
    return;
  }
  const obstacle = findObstacle(session, method);
  if (obstacle === "limit") refuseProvisional(session, requestId);
  else if (obstacle !== null)
    session.refuse(null, requestId, obstacle, OBSTACLE_MESSAGES[obstacle]);
  else performReserved(session, requestId, method, params);
}

function performReserved(
  session: LiveSession,
  id: RequestId,
  method: string,
  params: unknown,
): void {
  switch (method) {
    case CLIENT_METHODS.subscribe:
      subscribe(session, id, params);
      break;
    case CLIENT_METHODS.unsubscribe:
      unsubscribe(session, id, params);
      break;
    case CLIENT_METHODS.history:
      readHistory(session, id, params);
      break;
    case CLIENT_METHODS.ping:
      session.write(encodeResult(id, null));
      break;
    case CLIENT_METHODS.bye:
      bye(session, id, params);
      break;
    case CLIENT_METHODS.hello:
      hello(session, id, params);
      break;
    case CLIENT_METHODS.authenticate:
      authenticate(session, id, params);
      break;
    default:
      session.refuse(null, id, "METHOD_NOT_FOUND", "no such method");
  }
}

type Obstacle = "GOING_AWAY" | "UNAUTHENTICATED";

const OBSTACLE_MESSAGES: Readonly<Record<Obstacle, string>> = {
  GOING_AWAY: "the session is closing",
  UNAUTHENTICATED: "authenticate first",
};

/** What a session may do before it is known who it acts for. */
const BEFORE_AUTHENTICATION: ReadonlySet<string> = new Set([
  CLIENT_METHODS.hello,
  CLIENT_METHODS.authenticate,
  CLIENT_METHODS.ping,
  CLIENT_METHODS.bye,
]);

/** What a session may do at a full limit. */
const BEFORE_ADMISSION: ReadonlySet<string> = new Set([
  CLIENT_METHODS.hello,
  CLIENT_METHODS.authenticate,
  CLIENT_METHODS.ping,
]);

/** What a session may do while the server closes it. */
const WHILE_CLOSING: ReadonlySet<string> = new Set([
  CLIENT_METHODS.unsubscribe,
  CLIENT_METHODS.ping,
  CLIENT_METHODS.bye,
]);

function findObstacle(session: LiveSession, method: string): Obstacle | "limit" | null {
  const { farewell, drain, core } = session;
  if (farewell !== null && method !== CLIENT_METHODS.ping) return "GOING_AWAY";
  if (drain?.type === "close" && !WHILE_CLOSING.has(method)) return "GOING_AWAY";
  if (drain !== null && method === CLIENT_METHODS.subscribe) return "GOING_AWAY";
  if (session.provisional !== null && !BEFORE_ADMISSION.has(method)) return "limit";
  if (core.authenticate === null || session.principal !== null) return null;
  return BEFORE_AUTHENTICATION.has(method) ? null : "UNAUTHENTICATED";
}

function refuseProvisional(session: LiveSession, id: RequestId | undefined): void {
  if (session.provisional !== null) refuseForLimit(session, id, session.provisional);
}

function refuseAtLimit(session: LiveSession, message: HeldMessage): void {
  const isRetry = message.idempotency !== null && message.idempotency.attempt > 1;
  if (isRetry) refuseCall(session, message, "TOO_MANY_SESSIONS", "the limit is reached");
  refuseProvisional(session, isRetry ? undefined : message.id);
}

function callMethod(session: LiveSession, message: HeldMessage): void {
  const { id, method, params, batch, idempotency } = message;
  const { core } = session;
  const handler = core.methods.get(method);
  if (handler === undefined) {
    refuseCall(session, message, "METHOD_NOT_FOUND", "no such method");
    return;
  }
  session.methods ??= new MethodQueue(session);
  const call = new MethodCall(session, method, handler, fromParams(params), id, batch, idempotency);
  if (!session.methods.submit(call)) {
    refuseCall(session, message, "TOO_MANY_PENDING", "too many requests wait");
  } else if (id === undefined) {
    session.notifications += 1;
    core.counters.notificationsAccepted += 1;
  }
}

/** Refuses a call before its turn. */
function refuseCall(
  session: LiveSession,
  { id, batch, method, idempotency }: HeldMessage,
  code: Obstacle | "METHOD_NOT_FOUND" | "TOO_MANY_PENDING" | "RATE_LIMITED" | "TOO_MANY_SESSIONS",
  message: string,
): void {
  if (id === undefined) {
    session.core.counters.notificationsDropped += 1;
  } else if (idempotency !== null && idempotency.attempt > 1 && !isReservedMethod(method)) {
    // That this attempt had no effect says nothing of those before it.
    session.refuse(batch, id, "IDEMPOTENCY_UNKNOWN", message, { refused: code });
  } else {
    session.refuse(batch, id, code, message);
  }
}

function isRequestId(value: unknown): value is RequestId {
  if (typeof value === "string") return value.length <= MAX_ID_LENGTH;
  return value === null || (typeof value === "number" && Number.isFinite(value));
}
