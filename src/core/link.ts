import { CLIENT_METHODS, JSON_RPC_SUBPROTOCOL } from "../protocol/json-rpc/messages.ts";
import { readMessage } from "../protocol/json-rpc/read-message.ts";
import type { InboundMessage } from "../protocol/protocol.ts";
import { backoffDelayMs } from "../session/connection/backoff.ts";
import { ABNORMAL_CLOSURE } from "../session/connection/transport.ts";
import { SessionError } from "../session/tokens/errors.ts";
import { type Core, isFinal, post, report, settle, step } from "./core.ts";
import { answered, dropHeld, loseInFlight, write } from "./operations.ts";
import { LARGEST_TIMER_MS } from "./settings.ts";
import { changed, endChannels, loseTopics, received } from "./topics.ts";

/** Looks at the peer this often in an interval, so that its silence is noticed up to a quarter early, and never late. */
const LOOKS = 4;

/** Begins a new connection, of a new epoch, unless there is one or nobody wants it. */
export function openLink(core: Core): void {
  if (core.state !== "disconnected" || core.closing !== undefined) return;
  const { clock, settings, transport } = core;
  cancelReconnect(core);
  step(core, "connecting");
  core.epoch += 1;
  const { epoch } = core;
  /** Nothing that an older connection brings is heard. */
  const hear = (handle: () => void): void =>
    post(core, () => {
      if (epoch === core.epoch && core.connection !== undefined) handle();
    });
  try {
    core.connection = transport.connect(
      { url: settings.url, subprotocols: [JSON_RPC_SUBPROTOCOL] },
      {
        opened: () => hear(() => opened(core)),
        received: (data) =>
          hear(() => {
            core.heard += 1;
            readMessage(data, (message) => dispatch(core, message));
          }),
        closed: (closeCode, _reason, cause) => hear(() => lost(core, closeCode, cause)),
      },
    );
  } catch (cause) {
    // A page's security policy, or a header that is none: no connection will come of it.
    post(core, () => {
      if (core.state === "connecting") lost(core, ABNORMAL_CLOSURE, cause);
    });
  }
  core.linkTimer = clock.setTimer(
    () => core.connection?.terminate(),
    Math.min(settings.connectTimeoutMs, LARGEST_TIMER_MS),
  );
}

/** The WebSocket is open: greets the peer, then presents credentials, or writes what waits. */
function opened(core: Core): void {
  const { clock, settings, authentication } = core;
  clock.clearTimer(core.linkTimer);
  core.openedAtMs = clock.now();
  core.hasBeenOpen = true;
  core.notified = 0;
  if (settings.pingIntervalMs !== Infinity) watch(core, 0);
  step(core, "connected");
  write(core, { method: CLIENT_METHODS.hello, params: () => ({ session: core.secret }) });
  const { connecting } = core;
  core.connecting = undefined;
  connecting?.ack(undefined, "frame");
  if (authentication === undefined) ready(core);
  else authentication.begin();
}

/** Writes what waits, and from now on everything at once. */
export function ready(core: Core): void {
  core.isReady = true;
  for (const operation of core.held.splice(0)) if (!operation.isMoot?.()) write(core, operation);
  changed(core);
}

/** Brings a message of the peer's to the part that it is for. What the core client leaves out is not listened to. */
function dispatch(core: Core, message: InboundMessage): void {
  if ("id" in message) answered(core, message.id, message);
  else if ("topic" in message) received(core, message);
  else if (message.type === "reply") core.connection?.send(message.text);
  else if (message.type === "invalid")
    report(core, new SessionError("PROTOCOL_VIOLATION", message.reason));
}

/**
 * Notices that the peer has gone silent: asks for a sign of life, and drops the link without one.
 *
 * @param silentMs - For how long nothing may have been heard already.
 */
function watch(core: Core, silentMs: number): void {
  const { pingIntervalMs, pongTimeoutMs } = core.settings;
  const lookMs = pingIntervalMs / LOOKS;
  look(core, lookMs, (isHeard) => {
    // What was heard since the look before may have come right behind that one.
    const nowSilentMs = isHeard ? lookMs : silentMs + lookMs;
    if (nowSilentMs < pingIntervalMs) {
      watch(core, nowSilentMs);
      return;
    }
    write(core, { method: CLIENT_METHODS.ping });
    look(core, pongTimeoutMs, (isAlive) => {
      if (isAlive) {
        watch(core, Math.min(pongTimeoutMs, pingIntervalMs - lookMs));
        return;
      }
      report(core, new SessionError("HEARTBEAT_TIMEOUT", "nothing was heard"));
      core.connection?.terminate();
    });
  });
}

/** Looks once, after a while, whether anything was heard since. */
function look(core: Core, delayMs: number, seen: (isHeard: boolean) => void): void {
  const { clock, heard } = core;
  // An event like any other: what a ping sets off, a lost link perhaps, comes behind the next look's timer, and clears it.
  core.heartbeatTimer = clock.setTimer(() => post(core, () => seen(core.heard !== heard)), delayMs);
}

/** A close drains from here on, within its own deadline. */
export function stopWatching(core: Core): void {
  core.clock.clearTimer(core.heartbeatTimer);
}

/** Whether there is an open connection. */
export function isOpen(core: Core): boolean {
  return core.openedAtMs !== undefined;
}

/** The connection is gone, or never came to be: back to the start, to the next attempt, or to the end. */
function lost(core: Core, closeCode: number, cause: unknown): void {
  const { closing, settings, random, clock } = core;
  closing?.noteLoss(closeCode);
  forget(core);
  if (closing !== undefined) {
    dropHeld(core, new SessionError("NEVER_WRITTEN", "the link was lost while closing"));
    closing.linkLost();
    return;
  }
  const failure = (code: "CONNECT_REFUSED" | "CONNECTION_LOST", behind: unknown): SessionError =>
    new SessionError(code, `close code ${closeCode}`, { closeCode, cause: behind });
  if (!core.hasBeenOpen && !settings.retryFirst) {
    // What a step means is done before it: a listener may look, or call, at once.
    abandonAll(core, failure("CONNECT_REFUSED", cause));
    step(core, "disconnected");
    return;
  }
  let mayReturn = false;
  let reason: unknown = cause;
  try {
    mayReturn = settings.shouldReconnect(closeCode) && core.attempts < settings.maxAttempts;
  } catch (error) {
    reason = error;
  }
  const error = failure("CONNECTION_LOST", reason);
  if (!mayReturn) {
    fail(core, error);
    return;
  }
  const delayMs = backoffDelayMs(core.attempts, settings, random.fraction());
  core.attempts += 1;
  core.reconnectAt = clock.now() + delayMs;
  core.linkTimer = clock.setTimer(() => post(core, () => openLink(core)), delayMs);
  report(core, error);
  step(core, "disconnected");
}

/** The connection is gone, or given up: nothing of its epoch is heard any more. */
function forget(core: Core): void {
  const { clock, settings, openedAtMs = Infinity } = core;
  clock.clearTimer(core.linkTimer);
  stopWatching(core);
  core.connection = undefined;
  core.openedAtMs = undefined;
  if (clock.now() - openedAtMs >= settings.minUptimeMs) core.attempts = 0;
  loseInFlight(core);
  // Behind that: what was lost ends in the state that it was in.
  core.authentication?.linkLost();
  loseTopics(core);
}

/** Plans no attempt any more. */
function cancelReconnect(core: Core): void {
  core.clock.clearTimer(core.linkTimer);
  core.reconnectAt = null;
}

/** Drops the connection, if there is one, and plans nothing: nobody wants it any more. */
export function dropLink(core: Core): void {
  core.connection?.terminate();
  forget(core);
  cancelReconnect(core);
}

/** No longer wanted before it was there: stops trying. */
export function giveUp(core: Core, error: SessionError): void {
  dropLink(core);
  const text = "connect() gave up before it was sent";
  abandonAll(core, error, new SessionError("NEVER_WRITTEN", text, { cause: error }));
  if (core.state === "connecting") step(core, "disconnected");
}

/** The session cannot go on: everything that waits fails. */
export function fail(core: Core, cause: SessionError): void {
  // A close without a connection waits for handlers in state `disconnected`.
  if (isFinal(core) || core.closing !== undefined) return;
  core.failure = cause;
  dropLink(core);
  step(core, "error");
  report(core, cause);
  abandonAll(core, new SessionError("SESSION_FAILED", cause.code, { cause }));
}

/** @param rest - Why everything but the `connect()` ends. */
export function abandonAll(core: Core, error: SessionError, rest: SessionError = error): void {
  const { connecting } = core;
  core.connecting = undefined;
  dropHeld(core, rest);
  endChannels(core, rest, true);
  if (connecting !== undefined) settle(core, connecting, error);
}
