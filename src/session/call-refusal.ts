import { SessionError } from "./errors.ts";
import type { SessionState } from "./states.ts";

/** What decides whether a session accepts new calls. */
export interface CallGate {
  readonly state: SessionState;
  /** Whether `close()` was called. A close without a connection goes on in state `disconnected`. */
  readonly closing: boolean;
  /** Whether there is a connection, or an attempt is planned. */
  readonly started: boolean;
  /** The error that brought the session to `error`. */
  readonly failure: SessionError | undefined;
}

/** Says why nothing new is accepted, or undefined while it is. */
export function callRefusal({
  state,
  closing,
  started,
  failure,
}: CallGate): SessionError | undefined {
  switch (state) {
    case "closed":
      return new SessionError("SESSION_CLOSED", "the session is closed");
    case "error":
      return new SessionError("SESSION_FAILED", "the session failed", { cause: failure });
    default:
      if (closing) return new SessionError("SESSION_CLOSING", "close() was called");
      if (!started) return new SessionError("NOT_CONNECTED", "connect() was not called");
      return undefined;
  }
}
