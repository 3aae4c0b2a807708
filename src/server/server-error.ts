/** Every code that a {@link ServerError} has. */
export const SERVER_ERROR_CODES = [
  "SERVER_CLOSED",
  "TOO_MANY_TOPICS",
  "METHOD_THREW",
  "AUTHENTICATE_THREW",
  "AUTHORIZE_THREW",
  "OBSERVER_THREW",
  "BACKPLANE_FAILED",
  "EVENT_TOO_BIG",
  "LISTENER_FAILED",
  "INTERNAL",
] as const;

/**
 * One of {@link SERVER_ERROR_CODES}:
 *
 * - `SERVER_CLOSED`: thrown by `listen` and `attach` after `close()`, and by a `listen` that was not done before it;
 *   nothing happened
 * - `TOO_MANY_TOPICS`: thrown by `publish` to a new topic at `maxTopics`; nothing was published
 * - `METHOD_THREW`, `AUTHENTICATE_THREW`, `AUTHORIZE_THREW`: reported when application code threw
 *   something else than a `Refusal`; the client got its documented answer and the session goes on
 * - `OBSERVER_THREW`: reported when a listener of an event threw; nothing else is affected
 * - `BACKPLANE_FAILED`: reported when the backplane failed a subscribe or a read of a history, or did not answer in
 *   `backplaneTimeoutMs`; the client was told that nobody knows, and nothing stays subscribed; or when it failed to let
 *   go of a topic, which disturbs no session
 * - `EVENT_TOO_BIG`: reported when the backplane brought an event above `maxEventBytes`, which another process
 *   published; its subscribers get a gap
 * - `LISTENER_FAILED`: the HTTP server could not listen, or failed; `cause` says why
 * - `INTERNAL`: reported when the library itself failed on a message; that connection is closed with 1011
 */
export type ServerErrorCode = (typeof SERVER_ERROR_CODES)[number];

/** Is every error that the server throws or reports by itself. */
export class ServerError extends Error {
  /** Stable identifier. */
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerError";
    this.code = code;
  }
}
