/**
 * The ten session states and, for each, the states that may follow it.
 *
 * This one table is the source of {@link SessionState}, of the check at run time, of the
 * model-based test and of the diagram in the documentation.
 *
 * - `disconnected`: not started, or the link was lost (`reconnectAt` tells which)
 * - `connecting`: the WebSocket handshake is under way
 * - `connected`: the WebSocket is open
 * - `authenticating`: the first authentication of this connection is unanswered
 * - `authenticated`: the peer accepted the credentials
 * - `subscribing`: at least one subscribe is unanswered
 * - `subscribed`: at least one topic is live and none is being subscribed
 * - `closing`: `close()` was called and drains
 * - `closed`: final, after `close()`
 * - `error`: final, without a way on
 */
export const SESSION_TRANSITIONS = {
  /** Not started, or the link was lost. */
  disconnected: ["connecting", "closed", "error"],
  /** The WebSocket handshake is under way. */
  connecting: ["connected", "disconnected", "closing", "error"],
  /** The WebSocket is open. */
  connected: ["authenticating", "subscribing", "disconnected", "closing", "error"],
  /** The first authentication of this connection is unanswered. */
  authenticating: ["authenticated", "disconnected", "closing", "error"],
  /** The peer accepted the credentials. */
  authenticated: ["subscribing", "disconnected", "closing", "error"],
  /** At least one subscribe is unanswered. */
  subscribing: ["subscribed", "authenticated", "connected", "disconnected", "closing", "error"],
  /** At least one topic is live. */
  subscribed: ["subscribing", "authenticated", "connected", "disconnected", "closing", "error"],
  /** `close()` drains. */
  closing: ["closed"],
  /** Final, after `close()`. */
  closed: [],
  /** Final, without a way on. */
  error: [],
} as const;

/** One of the ten states in {@link SESSION_TRANSITIONS}. */
export type SessionState = keyof typeof SESSION_TRANSITIONS;

/** Tells whether the table allows a state to follow another. */
export function canTransition(from: SessionState, to: SessionState): boolean {
  return (SESSION_TRANSITIONS[from] as readonly SessionState[]).includes(to);
}

/** Tells whether nothing can follow this state. */
export function isFinal(state: SessionState): boolean {
  return SESSION_TRANSITIONS[state].length === 0;
}
