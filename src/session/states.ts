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
  disconnected: ["connecting", "closed", "error"],
  connecting: ["connected", "disconnected", "closing", "error"],
  connected: ["authenticating", "subscribing", "disconnected", "closing", "error"],
  authenticating: ["authenticated", "disconnected", "closing", "error"],
  authenticated: ["subscribing", "disconnected", "closing", "error"],
  subscribing: ["subscribed", "authenticated", "connected", "disconnected", "closing", "error"],
  subscribed: ["subscribing", "authenticated", "connected", "disconnected", "closing", "error"],
  closing: ["closed"],
  closed: [],
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
