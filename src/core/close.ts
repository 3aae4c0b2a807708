import { type ByeResult, CLIENT_METHODS } from "../protocol/json-rpc/messages.ts";
import { readBye } from "../protocol/json-rpc/read-results.ts";
import {
  type CloseReceipt,
  createReceiptDraft,
  settleClose,
} from "../session/closing/close-receipt.ts";
import { ABNORMAL_CLOSURE } from "../session/connection/transport.ts";
import type { LaneRun } from "../session/delivery/delivery-lane.ts";
import type { PendingToken } from "../session/tokens/completion-token.ts";
import { SessionError } from "../session/tokens/errors.ts";
import { type Channel, lastSeqOf, type UnsubscribeListener } from "./channel.ts";
import { advanceClose, type Core, guard, isFinal, step } from "./core.ts";
import { discard, endReader, mark, runningOf } from "./lanes.ts";
import { abandonAll, dropLink, isOpen, stopWatching } from "./link.ts";
import { dropHeld, write } from "./operations.ts";
import { endChannels, unsubscribe } from "./topics.ts";

/** What a close has been asked to do. */
export interface CloseCommand {
  /** Settles when it is over. */
  readonly token: PendingToken<CloseReceipt>;
  /** Milliseconds from the call until it is over, whatever the peer does. */
  readonly deadlineMs: number;
  /** WebSocket close code. */
  readonly code: number;
  /** WebSocket close reason. */
  readonly reason: string;
  /** The handlers from inside which it was called. */
  readonly runs: (LaneRun | undefined)[];
}

/** A close under way. */
export interface Closing {
  /** Something ended that it may have been waiting for. */
  advance(): void;
  /** It was called once more, by a handler perhaps: that one is not waited for; it would be waiting for ourselves. */
  join(run: LaneRun | undefined): void;
  /** The connection is about to be forgotten: what is unanswered now stays so. */
  noteLoss(closeCode: number): void;
  /** The connection is gone, at the end of the handshake or before its time. */
  linkLost(): void;
}

/**
 * Drains a session and closes it:
 * flush → unsubscribe everything in one batch → answers → handlers → bye → close handshake.
 *
 * Each step begins when the one before is done. The deadline, or a lost link, ends it where it is, and
 * the receipt says what was left.
 */
export function close(core: Core, command: CloseCommand): void {
  const { token, deadlineMs, runs } = command;
  const draft = createReceiptDraft();
  const { lastSeq, notifications } = draft;
  const unanswered = new Set<Channel>();
  // By topic, whether it is unsubscribed for sure.
  const known = new Map<string, boolean>();
  let now: "flush" | "answers" | "handlers" | "bye" | "handshake" | "done" = "flush";
  let isLost = !isOpen(core);
  let lanesBusy = 0;
  let isByeAnswered = false;
  let handlersGuard: { release(): void } | undefined;

  const settle = (): void =>
    settleClose(token, draft, isByeAnswered ? "frame" : "local", core.clock.now());

  const note = ({ topic }: Channel, isKnown: boolean, last: number): void => {
    lastSeq[topic] = Math.max(lastSeq[topic] ?? 0, last);
    // A topic that was left and subscribed anew has two: what is unknown of one is unknown of the topic.
    known.set(topic, isKnown && known.get(topic) !== false);
  };

  const listener: UnsubscribeListener = (channel, error, last) => {
    if (unanswered.delete(channel)) note(channel, error === undefined, last);
  };

  const endWanted = (error: SessionError): void => {
    for (const channel of endChannels(core, error)) note(channel, true, lastSeqOf(channel));
  };

  const unsubscribeAll = (): void => {
    now = "answers";
    endWanted(new SessionError("SUPERSEDED", "closed before the subscribe was sent"));
    const leaving: Channel[] = [];
    for (const channel of core.channels) {
      unanswered.add(channel);
      // One that the application is unsubscribing already needs no second request.
      if (channel.phase === "unsubscribing") channel.listeners.push(listener);
      else leaving.push(channel);
    }
    if (!isLost) unsubscribe(core, leaving, listener);
  };

  const isAwaiting = (): boolean => {
    for (const { isAwaited } of core.inFlight.values()) if (isAwaited?.()) return true;
    return false;
  };

  /** How many handlers run on that no lane waits for, not counting those that wait for this close. */
  const strays = (): number => [...core.strays].filter((run) => !runs.includes(run)).length;

  /** Waits no longer for handlers: what they have not begun with is thrown away and counted. */
  const stopHandlers = (): void => {
    draft.handlersAborted += strays();
    for (const reader of core.readers) {
      draft.handlersAborted += runningOf(reader);
      discard(reader);
    }
  };

  const awaitHandlers = (): void => {
    now = "handlers";
    // The other half is for the bye and the close handshake.
    const leftMs = Math.max(0, token.issuedAt + deadlineMs - core.clock.now()) / 2;
    handlersGuard = guard(core, { deadlineMs: leftMs }, () => {
      stopHandlers();
      handlersDone();
    });
    for (const reader of core.readers) {
      if (reader.isParked) discard(reader);
      for (const topic of reader.lanes.keys()) {
        lanesBusy += 1;
        mark(reader, topic, () => {
          lanesBusy -= 1;
          advanceClose(core);
        });
      }
    }
    closing.join(undefined);
  };

  const handlersDone = (): void => {
    handlersGuard?.release();
    if (isLost) {
      finish();
      return;
    }
    now = "bye";
    noteSent();
    write(core, {
      method: CLIENT_METHODS.bye,
      params: () => ({ lastSeq, notifications: notifications.sent }),
      read: readBye,
      done(error, result) {
        if (now !== "bye" || error?.code === "LINK_LOST") return;
        if (error === undefined) {
          isByeAnswered = true;
          notifications.arrived = (result as ByeResult).notifications;
        }
        now = "handshake";
        stopWatching(core);
        core.connection?.close(command.code, command.reason);
      },
    });
  };

  /** Counted when the bye is due: what waited for the credentials is sent while the close flushes. */
  const noteSent = (): void => {
    if (!isLost) notifications.sent = core.notified;
  };

  /** What is unanswered now stays so. */
  const noteLeft = (): void => {
    noteSent();
    draft.bytesUnsent = core.connection?.bufferedBytes ?? 0;
    for (const channel of unanswered) note(channel, false, lastSeqOf(channel));
    unanswered.clear();
    // One whose token has ended by its deadline, too: nobody knows what became of it.
    for (const { requestId: id, method } of core.inFlight.values())
      if (id !== undefined) draft.sentUnacked.push({ id, type: "request", subject: [method] });
    // Whether the peer has heard the bye, nobody knows.
    if (now === "bye") draft.sentUnacked.push({ id: token.id, type: "close", subject: [] });
  };

  const finish = (): void => {
    now = "done";
    handlersGuard?.release();
    // Without a bye nobody knows how many arrived, unless none was sent.
    if (notifications.sent > 0 && !isByeAnswered) notifications.arrived = null;
    for (const [topic, isKnown] of known)
      (isKnown ? draft.unsubscribed : draft.unknown).push(topic);
    dropLink(core);
    abandonAll(core, new SessionError("SESSION_CLOSED", "closed before it was sent"));
    endDeliveries(core);
    step(core, "closed");
    settle();
  };

  const closing: Closing = {
    advance() {
      if (now === "flush" && (isLost || !core.authentication?.isHolding)) unsubscribeAll();
      if (now === "answers" && (isLost || !isAwaiting())) awaitHandlers();
      if (now === "handlers" && lanesBusy + strays() === 0) handlersDone();
    },
    join(run) {
      runs.push(run);
      if (now !== "handlers") return;
      for (const each of runs) each?.yieldPlace();
      closing.advance();
    },
    noteLoss(closeCode) {
      noteLeft();
      isLost = true;
      draft.closeCode = closeCode;
    },
    linkLost() {
      if (now === "bye" || now === "handshake") finish();
      // Data received before a loss is still handled, in the time that handlers have.
      else closing.advance();
    },
  };

  if (isFinal(core)) {
    // What was received before the end may still be under way to the handlers.
    draft.handlersAborted = endDeliveries(core);
    settle();
    return;
  }
  core.closing = closing;
  if (!isLost || core.state === "connecting") step(core, "closing");
  token.guard = guard(core, { deadlineMs }, () => {
    noteLeft();
    stopHandlers();
    if (!isLost) draft.closeCode = ABNORMAL_CLOSURE;
    finish();
  });
  core.authentication?.rest();
  if (isLost) {
    const error = new SessionError("SESSION_CLOSED", "closed before it was sent");
    dropLink(core);
    endWanted(error);
    dropHeld(core, error);
    now = "answers";
  } else {
    stopWatching(core);
  }
  closing.advance();
}

/** Delivers nothing any more; returns how many handlers run on. */
function endDeliveries(core: Core): number {
  const { readers, leaves, strays } = core;
  let aborted = strays.size;
  for (const reader of readers) aborted += runningOf(reader);
  for (const leave of leaves) leave.expire();
  for (const reader of readers) endReader(reader);
  return aborted;
}
