import { encodeCall } from "../protocol/json-rpc/encode-call.ts";
import { CLIENT_METHODS } from "../protocol/json-rpc/messages.ts";
import type { PeerError } from "../protocol/protocol.ts";
import { badAnswer, refusalError } from "../session/tokens/ending-error.ts";
import { SessionError, type SessionErrorCode } from "../session/tokens/errors.ts";
import { type Core, isFinal, post } from "./core.ts";

/** Something that the session writes to the peer and that the peer answers. */
export interface Operation {
  /** What is called. */
  readonly method: string;
  /** Returns the parameters when it is written. */
  readonly params?: () => unknown;
  /** Checks the result: undefined where its shape is impossible. Left out where it may be anything. */
  readonly read?: (result: unknown) => unknown;
  /**
   * Takes its end: the error, unless it is acked. Must not throw. `LINK_LOST` where the link was lost after the write;
   * an error with outcome `failed` where it was not written, or certainly had no effect.
   */
  readonly done?: (error: SessionError | undefined, result?: unknown) => void;
  /** Number of the token of a request of the application's: for the receipt of a close. */
  readonly requestId?: number;
  /** Whether the peer does not answer it. */
  readonly isNotification?: boolean;
  /** Code of the error where the peer refuses it. */
  readonly refusedCode?: SessionErrorCode;
  /** Whether there is no point in writing it any more. */
  readonly isMoot?: () => boolean;
  /** Whether a close waits for its answer. */
  readonly isAwaited?: () => boolean;
  /** Whether it was handed to the transport. */
  isWritten?: boolean;
}

/** As many bytes may wait for the peer to read before a notification is refused. */
const MOST_BUFFERED_BYTES = 16 * 1024 * 1024;

/** Writes an operation, or holds it until the connection is ready. Drops it where too many wait, or are unanswered. */
export function submit(core: Core, operation: Operation): void {
  const { held, inFlight, isReady, settings } = core;
  if (isFinal(core)) {
    // It failed between the call and its turn.
    operation.done?.(new SessionError("SESSION_FAILED", "the session has ended"));
  } else if (
    // What lets go of something is bounded by what there is, and must always be possible.
    operation.method !== CLIENT_METHODS.unsubscribe &&
    ((isReady ? inFlight.size : held.length) >= settings.maxPendingOperations ||
      // Nothing else holds back what the peer does not answer.
      (operation.isNotification && (core.connection?.bufferedBytes ?? 0) >= MOST_BUFFERED_BYTES))
  ) {
    operation.done?.(new SessionError("QUEUE_FULL", "too much is waiting"));
  } else if (isReady) {
    write(core, operation);
  } else {
    held.push(operation);
  }
}

/** Writes an operation now, whatever the limit: it was accepted, or is the session's own. */
export function write(core: Core, operation: Operation): void {
  const { method, params, isNotification } = operation;
  const id = isNotification ? undefined : ++core.wireIds;
  let text: string;
  try {
    text = encodeCall(id, method, params?.());
  } catch (cause) {
    operation.done?.(
      new SessionError("NOT_ENCODABLE", "the parameters cannot be encoded", { cause }),
    );
    return;
  }
  operation.isWritten = true;
  if (id === undefined) core.notified += 1;
  else core.inFlight.set(id, operation);
  core.connection?.send(text);
}

/** Takes an answer off the wire: its completion joins the queue. */
export function answered(
  core: Core,
  id: number,
  answer: { readonly result: unknown } | { readonly error: PeerError },
): void {
  const { inFlight } = core;
  const operation = inFlight.get(id);
  if (operation === undefined) return;
  const { method, read, refusedCode = "REQUEST_REFUSED" } = operation;
  inFlight.delete(id);
  post(core, () => {
    let error: SessionError | undefined;
    let result: unknown;
    if ("error" in answer) {
      error = refusalError(answer.error, refusedCode, method);
    } else {
      result = read === undefined ? answer.result : read(answer.result);
      if (read !== undefined && result === undefined)
        error = badAnswer(method, "the answer has an impossible shape");
    }
    operation.done?.(error, result);
  });
}

/** The connection is gone: what was written is lost, what waits goes on waiting. */
export function loseInFlight(core: Core): void {
  const { inFlight } = core;
  core.isReady = false;
  const lost = [...inFlight.values()];
  inFlight.clear();
  for (const operation of lost)
    operation.done?.(new SessionError("LINK_LOST", "the link was lost before the answer"));
}

/**
 * Nothing will be written any more: what waits is dropped, but for topics. Those may have been live on connections before:
 * whoever drops the rest ends them.
 */
export function dropHeld(core: Core, error: SessionError): void {
  for (const operation of core.held.splice(0))
    if (operation.method !== CLIENT_METHODS.subscribe && !operation.isMoot?.())
      operation.done?.(error);
}
