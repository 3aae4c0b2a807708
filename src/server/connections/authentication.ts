import { createHash } from "node:crypto";
import type { CloseCodeName } from "../../protocol/close-codes.ts";
import {
  type AuthenticateResult,
  type HelloResult,
  JSON_RPC_SUBPROTOCOL,
  type RequestId,
} from "../../protocol/json-rpc/messages.ts";
import { dropAuthentication } from "../closing/session-end.ts";
import type { LiveSession, PendingAuthentication } from "../live-session.ts";
import { encodeResult } from "../methods/answers.ts";
import { Refusal } from "../methods/refusal.ts";
import { isThenable } from "../thenable.ts";
import { reviewTopics } from "../topics/topic-review.ts";
import { isPrincipal, type Principal } from "./principal.ts";
import type { Credentials } from "./server-connection.ts";

const SECRET = /^[0-9a-f]{32}$/;

/** UTF-16 code units that fit a close reason of 123 bytes whatever they are (RFC 6455 §5.5). */
const MAX_REASON_LENGTH = 41;

/** Admits a new session, or lets it wait for its hello where it came at a full limit. */
export function admitAtAccept(session: LiveSession): void {
  const { core } = session;
  const lack = core.admission.lacks(session, null);
  if (lack !== null) {
    holdForHello(session, lack);
    return;
  }
  core.admission.admit(session);
  markOpened(session);
}

/** Takes a hello. */
export function hello(session: LiveSession, id: RequestId, params: unknown): void {
  const secret = (params as { session?: unknown } | null | undefined)?.session;
  if (typeof secret !== "string" || !SECRET.test(secret)) {
    session.refuse(null, id, "INVALID_PARAMS", "session must be 32 lower-case hexadecimal digits");
    return;
  }
  if (session.key !== null) {
    session.refuse(null, id, "INVALID_REQUEST", "this connection said hello before");
    return;
  }
  const { core } = session;
  // The secret itself is kept nowhere.
  const key = createHash("sha256").update(secret).digest("hex").slice(0, 32);
  session.key = key;
  if (core.authenticate !== null && session.principal === null) {
    // Whose session it is shows only with the principal; until then only this much is certain.
    if (session.provisional !== null && core.admission.bound(key) === undefined) {
      refuseForLimit(session, id, session.provisional);
      return;
    }
  } else {
    const verdict = bind(session);
    if (verdict !== "bound") {
      refuseBinding(session, id, verdict);
      return;
    }
  }
  const result: HelloResult = {
    protocol: JSON_RPC_SUBPROTOCOL,
    dedupEpoch: core.epoch,
    dedupWindowMs: core.limits.dedupWindowMs,
    resumeWithinMs: core.pace.admit(core.clock.now()),
  };
  session.write(encodeResult(id, result));
  markOpened(session);
}

/** Takes credentials that came as a message. */
export function authenticate(session: LiveSession, id: RequestId, params: unknown): void {
  const token = (params as { token?: unknown } | null | undefined)?.token;
  if (session.core.authenticate === null) {
    session.refuse(null, id, "METHOD_NOT_FOUND", "this server asks for no credentials");
  } else if (typeof token !== "string" || token === "") {
    session.refuse(null, id, "INVALID_PARAMS", "token must be a string that is not empty");
  } else if (session.authentication !== null) {
    session.refuse(null, id, "TOO_MANY_PENDING", "an authentication is under way");
  } else {
    beginAuthentication(session, { token, source: "message" }, id);
  }
}

/** @param id - The request to answer; undefined for credentials that came with the upgrade. */
export function beginAuthentication(
  session: LiveSession,
  credentials: Credentials,
  id: RequestId | undefined,
): void {
  const { core } = session;
  if (core.authenticate === null) return;
  if (core.authenticating + core.authorizations.size >= core.limits.maxPendingAuthorizations) {
    if (id === undefined) session.end("tryAgainLater", "too many authentications are under way");
    else session.refuse(null, id, "TOO_MANY_PENDING", "too many authentications are under way");
    return;
  }
  const pending: PendingAuthentication = { id, startedMs: core.clock.now() };
  session.authentication = pending;
  core.authenticating += 1;
  session.begin(id);
  let result: Principal | null | Promise<Principal | null>;
  try {
    result = core.authenticate(credentials, {
      sessionId: session.id,
      address: session.address,
      url: session.url,
      origin: session.origin,
      principal: session.principal,
    });
  } catch (error) {
    refused(session, pending, error);
    return;
  }
  if (!isThenable(result)) {
    decided(session, pending, result);
    return;
  }
  // Promise.resolve keeps a foreign thenable from answering at once, or throwing.
  Promise.resolve(result).then(
    (principal) => decided(session, pending, principal),
    (error: unknown) => refused(session, pending, error),
  );
}

/** Refuses an authentication whose time is up. */
export function expireAuthentication(session: LiveSession): void {
  const pending = session.authentication;
  if (pending !== null) refused(session, pending, new Refusal("TIMEOUT", "no decision in time"));
}

function decided(session: LiveSession, pending: PendingAuthentication, value: unknown): void {
  if (session.authentication !== pending) return;
  const { core } = session;
  if (value !== null && value !== undefined && !isPrincipal(value)) {
    refused(session, pending, new TypeError("authenticate must return a principal or null"));
    return;
  }
  if (value === null || value === undefined) {
    refused(session, pending, new Refusal("REFUSED", "the credentials were refused"));
    return;
  }
  if (value.expiresAt !== undefined && value.expiresAt <= core.wallNow()) {
    refused(session, pending, new Refusal("EXPIRED", "the credentials have expired"));
    return;
  }
  dropAuthentication(session);
  if (session.principal === null) accept(session, pending, value);
  else refresh(session, pending, value, session.principal);
  session.flushHeld();
  session.finish(pending.id);
}

function refused(session: LiveSession, pending: PendingAuthentication, error: unknown): void {
  if (session.authentication !== pending) return;
  const { core } = session;
  dropAuthentication(session);
  if (!(error instanceof Refusal)) {
    core.report("AUTHENTICATE_THREW", "authenticate threw", session, error);
  }
  const message = error instanceof Refusal ? error.message : "the credentials were refused";
  if (pending.id !== undefined) session.refuse(null, pending.id, "UNAUTHENTICATED", message);
  // The credentials of a refresh change nothing: the old ones are good until they expire.
  if (session.principal === null)
    session.end("unauthenticated", message.slice(0, MAX_REASON_LENGTH));
  session.flushHeld();
  session.finish(pending.id);
}

function accept(session: LiveSession, pending: PendingAuthentication, principal: Principal): void {
  session.principal = principal;
  const verdict = bind(session);
  if (verdict === "bound") {
    answerAuthenticated(session, pending, principal);
    markOpened(session);
  } else if (pending.id === undefined && session.key === null && verdict !== "forbidden") {
    holdForHello(session, verdict);
  } else {
    refuseBinding(session, pending.id, verdict);
  }
}

function refresh(
  session: LiveSession,
  pending: PendingAuthentication,
  principal: Principal,
  before: Principal,
): void {
  if (principal.userId !== before.userId) {
    if (pending.id !== undefined) {
      session.refuse(null, pending.id, "FORBIDDEN", "a session keeps its principal");
    }
    return;
  }
  session.principal = principal;
  answerAuthenticated(session, pending, principal);
  reviewTopics(session);
}

function answerAuthenticated(
  session: LiveSession,
  pending: PendingAuthentication,
  principal: Principal,
): void {
  const { core } = session;
  const { userId, expiresAt } = principal;
  if (pending.id !== undefined) {
    const expiresInMs = expiresAt === undefined ? null : Math.max(0, expiresAt - core.wallNow());
    const result: AuthenticateResult = { userId, expiresInMs };
    session.write(encodeResult(pending.id, result));
  }
  core.observe(() => session.emitter?.emit("authenticated", principal), session);
}

/**
 * Decides whose session this is: replaces the connection that had its secret, and counts it.
 *
 * @returns `bound`; `forbidden` where the secret is another principal's; else the limit in the way.
 */
function bind(session: LiveSession): "bound" | "forbidden" | CloseCodeName {
  const { core, key } = session;
  const before = key === null ? undefined : core.admission.bound(key);
  if (before !== undefined && before.userId !== session.userId) return "forbidden";
  const lack = core.admission.lacks(session, before ?? null);
  if (lack !== null) return lack;
  if (before !== undefined) {
    core.admission.release(before);
    before.end("replaced", "the session connected anew");
  }
  core.admission.admit(session);
  if (key !== null) core.admission.bind(key, session);
  if (session.provisional !== null) {
    session.provisional = null;
    core.provisional -= 1;
  }
  return "bound";
}

function refuseBinding(
  session: LiveSession,
  id: RequestId | undefined,
  verdict: "forbidden" | CloseCodeName,
): void {
  if (verdict !== "forbidden") {
    refuseForLimit(session, id, verdict);
    return;
  }
  const message = "the session belongs to another principal";
  if (id !== undefined) session.refuse(null, id, "FORBIDDEN", message);
  session.end("forbidden", message);
}

/** Tells a session that its limit is full, and closes it. */
export function refuseForLimit(
  session: LiveSession,
  id: RequestId | undefined,
  lack: CloseCodeName,
): void {
  if (id !== undefined) session.refuse(null, id, "TOO_MANY_SESSIONS", "the limit is reached");
  session.end(lack, "too many sessions");
}

function holdForHello(session: LiveSession, lack: CloseCodeName): void {
  const { core } = session;
  if (session.provisional !== null) return;
  if (core.provisional >= core.limits.maxPendingHandshakes) {
    session.end(lack, "too many sessions");
    return;
  }
  session.provisional = lack;
  core.provisional += 1;
}

function markOpened(session: LiveSession): void {
  const { core } = session;
  if (session.isOpened || !session.isAdmitted || !session.isOpen) return;
  if (core.authenticate !== null && session.principal === null) return;
  session.isOpened = true;
  core.observe(() => core.emitter.emit("opened", session), session);
}
