import type { PendingToken, RequestType } from "../tokens/completion-token.ts";

/** A request that was written and whose answer never came. */
export interface UnackedRequest {
  /** Number of its token. */
  readonly id: number;
  /** What was requested. */
  readonly type: RequestType;
  /** The method or the topics. */
  readonly subject: readonly string[];
}

/** How many notifications were sent, and how many arrived. */
export interface NotificationCount {
  /** How many were handed to the transport; one that a close dropped before that was an `error` event. */
  readonly sent: number;
  /** How many the peer says arrived; null where it did not say. */
  readonly arrived: number | null;
}

/** What a close achieved, and what it had to leave. */
export interface CloseReceipt {
  /**
   * Whether nothing was left: every topic unsubscribed, every request answered, every handler done, every
   * byte sent, and the bye answered.
   */
  readonly clean: boolean;
  /** Topics that the peer says are unsubscribed, or that were on no wire. */
  readonly unsubscribed: readonly string[];
  /** Topics whose unsubscribe was not answered. */
  readonly unknown: readonly string[];
  /** Requests that were sent and not answered; of type `close` for the bye. */
  readonly sentUnacked: readonly UnackedRequest[];
  /** Handlers that were still running when the close stopped waiting for them. */
  readonly handlersAborted: number;
  /** By topic that the close unsubscribed: number of the last event received. */
  readonly lastSeq: Readonly<Record<string, number>>;
  /** What became of notifications on the last connection. */
  readonly notifications: NotificationCount;
  /** Bytes handed to the transport that had not left the process. */
  readonly bytesUnsent: number;
  /** The WebSocket close code that ended the connection; 1006 without a close handshake, null where there was none. */
  readonly closeCode: number | null;
  /** Milliseconds from the call of `close()` to the end. */
  readonly elapsedMs: number;
}

/** What the receipt of a clean close with nothing to do looks like, before its times are known. */
export interface ReceiptDraft {
  readonly unsubscribed: string[];
  readonly unknown: string[];
  readonly sentUnacked: UnackedRequest[];
  readonly lastSeq: Record<string, number>;
  handlersAborted: number;
  notifications: { sent: number; arrived: number | null };
  bytesUnsent: number;
  closeCode: number | null;
}

/** Makes an empty draft. */
export function createReceiptDraft(): ReceiptDraft {
  return {
    unsubscribed: [],
    unknown: [],
    sentUnacked: [],
    // Topics are names that a peer may have a say in: `__proto__` is one like any other.
    lastSeq: Object.create(null),
    handlersAborted: 0,
    notifications: { sent: 0, arrived: 0 },
    bytesUnsent: 0,
    closeCode: null,
  };
}

/**
 * Settles the token of a close with its receipt.
 *
 * @param proof - How the ack is known, where the receipt is clean.
 */
export function settleClose(
  token: PendingToken<CloseReceipt>,
  draft: ReceiptDraft,
  proof: "frame" | "local",
  nowMs: number,
): void {
  const receipt = finishReceipt(draft, nowMs - token.issuedAt);
  if (receipt.clean) token.ack(receipt, proof);
  else token.resolveUnclean(receipt);
}

function finishReceipt(draft: ReceiptDraft, elapsedMs: number): CloseReceipt {
  const { notifications } = draft;
  const clean =
    draft.unknown.length === 0 &&
    draft.sentUnacked.length === 0 &&
    draft.handlersAborted === 0 &&
    draft.bytesUnsent === 0 &&
    notifications.arrived === notifications.sent;
  return { clean, ...draft, elapsedMs };
}
