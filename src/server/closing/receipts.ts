/** Proves how a session ended, seen from the server. */
export interface SessionReceipt {
  /** The session's id. */
  readonly sessionId: number;
  /** Who it acted for, or null. */
  readonly userId: string | null;
  /**
   * Whether nothing is in doubt: every request was answered, every byte was taken, and the close
   * handshake was completed.
   */
  readonly clean: boolean;
  /** `bye`: the client said so first; `handshake`: it only closed; `lost`: the link died. */
  readonly farewell: "bye" | "handshake" | "lost";
  /** Topics that were still subscribed at the end, each with the last `seq` that was written. */
  readonly subscribed: Readonly<Record<string, number>>;
  /** What the client's bye said it had seen, by topic; null without a bye. */
  readonly lastSeqSeen: Readonly<Record<string, number>> | null;
  /** Notifications of the client that were accepted. */
  readonly notifications: number;
  /** How many the client's bye said it had sent; null where it did not say. */
  readonly notificationsSent: number | null;
  /** Requests that were accepted and never answered. */
  readonly unanswered: number;
  /** Methods that had outrun their time and still ran. */
  readonly abandonedMethods: number;
  /** Bytes that were handed over and not taken. */
  readonly bytesUnsent: number;
  /** The WebSocket close code, as far as the server knows; 1006 without a close handshake. */
  readonly closeCode: number;
  /** Milliseconds from the beginning of the end: the bye, our close or the peer's. */
  readonly elapsedMs: number;
}

/** Proves how a server ended. */
export interface ServerReceipt {
  /** Whether every session's receipt is clean. */
  readonly clean: boolean;
  /** One for each session that was there at the call. */
  readonly sessions: readonly SessionReceipt[];
  /** Milliseconds from the call until the last session was gone. */
  readonly elapsedMs: number;
}
