import type { ByeResult } from "../../protocol/json-rpc/messages.ts";
import type { Link } from "../connection/link.ts";
import { ABNORMAL_CLOSURE } from "../connection/transport.ts";
import type { Deliveries } from "../delivery/deliveries.ts";
import type { LaneRun } from "../delivery/delivery-lane.ts";
import type { SubscriptionFeed } from "../delivery/subscription-feed.ts";
import { Guard } from "../guard.ts";
import type { Kernel } from "../kernel.ts";
import type { Operation, OperationEnding } from "../operations/operation.ts";
import type { Operations } from "../operations/operations.ts";
import { PlainOperation } from "../operations/plain-operation.ts";
import type { UnsubscribeListener } from "../operations/unsubscribe-operation.ts";
import type { Completable, Ending } from "../session-events.ts";
import type { PendingToken } from "../tokens/completion-token.ts";
import { SessionError, type SessionErrorCode } from "../tokens/errors.ts";
import type { TopicBook } from "../topics/topic-book.ts";
import type { TopicChannel } from "../topics/topic-channel.ts";
import {
  type CloseReceipt,
  createReceiptDraft,
  type ReceiptDraft,
  settleClose,
} from "./close-receipt.ts";

/** What a close has been asked to do. */
export interface CloseCommand {
  readonly token: PendingToken<CloseReceipt>;
  readonly deadlineMs: number;
  readonly code: number;
  readonly reason: string;
  /** The handlers from inside which it was called. */
  readonly runs: LaneRun[];
  /** The feeds that there were when it was called; each tells whether a loop's body has been running ever since. */
  readonly loops: (readonly [SubscriptionFeed, () => boolean])[];
}

/** What a close works on. */
export interface CloseParts {
  readonly kernel: Kernel;
  readonly link: Link;
  readonly operations: Operations;
  readonly book: TopicBook;
  readonly deliveries: Deliveries;
  /** Whether what was accepted still waits: for the first credentials, or because a bye was said already. */
  readonly holding: boolean;
  /** The last step: nothing is awaited any more. Must settle everything else. */
  finished(): void;
}

/**
 * Drains a session and closes it:
 * flush → unsubscribe everything in one batch → answers → handlers → bye → close handshake.
 *
 * Each step begins when the one before is done. The deadline, or a lost link, ends it where it is, and
 * the receipt says what was left.
 */
export class Closer implements Completable, UnsubscribeListener {
  readonly #parts: CloseParts;
  readonly #command: CloseCommand;
  readonly #draft: ReceiptDraft = createReceiptDraft();
  readonly #unanswered = new Set<TopicChannel>();
  #handlersGuard: Guard | undefined;
  #step: "flush" | "answers" | "handlers" | "bye" | "handshake" | "done" = "flush";
  #lost = false;
  #lanesBusy = 0;
  #byeAnswered = false;
  // While it works inside one event, what is reached needs no event of its own. Until it starts, nothing advances it.
  #working = true;

  constructor(parts: CloseParts, command: CloseCommand) {
    this.#parts = parts;
    this.#command = command;
  }

  get tokenId(): number {
    return this.#command.token.id;
  }

  get subject(): readonly string[] {
    return [];
  }

  /** Starts to drain. The session is in state `closing`, its connection open. */
  start(): void {
    const { kernel, link } = this.#parts;
    this.#command.token.guard = new Guard(kernel, "close_complete", this, this.#command);
    link.stopWatching();
    this.#working = false;
    this.advance();
  }

  /** Nothing is, or can be, on the wire: only what was received may still have to be handled. */
  startOffline(): void {
    this.#lost = true;
    this.#draft.notifications.arrived = 0;
    const { kernel } = this.#parts;
    this.#command.token.guard = new Guard(kernel, "close_complete", this, this.#command);
    this.#endUnwritten("SESSION_CLOSED", "closed before it was sent");
    this.#step = "answers";
    this.#working = false;
    this.advance();
  }

  /** Something ended that the current step may have been waiting for. */
  advance(): void {
    if (this.#working) return;
    this.#working = true;
    if (this.#step === "flush" && (this.#lost || !this.#parts.holding)) this.#unsubscribe();
    if (this.#step === "answers" && (this.#lost || !this.#parts.operations.awaitedByClose))
      this.#awaitHandlers();
    this.#working = false;
    if (this.#step === "handlers" && this.#lanesBusy === 0 && this.#strays === 0)
      this.#handlersDone();
  }

  /** How many handlers run on that no lane waits for, not counting those that wait for this close. */
  get #strays(): number {
    return this.#parts.deliveries.strays.countWithout(this.#command.runs);
  }

  /** A lane is done, the time for handlers is over, or the deadline of all is. */
  complete(ending: Ending): void {
    if (this.#step === "done") return;
    if (ending.by === "handlers") {
      this.advance();
      return;
    }
    this.#noteSent();
    this.#noteUnanswered();
    this.#stopHandlers();
    if (!this.#lost) this.#draft.closeCode = ABNORMAL_CLOSURE;
    this.#parts.link.terminate();
    this.#finish();
  }

  /** The connection is about to be forgotten: what is unanswered now stays so. */
  noteLoss(closeCode: number): void {
    this.#noteSent();
    this.#lost = true;
    this.#draft.closeCode = closeCode;
    this.#noteUnanswered();
  }

  /** The connection is gone, at the end of the handshake or before its time. */
  connectionLost(): void {
    if (this.#step === "bye" || this.#step === "handshake") this.#finish();
    // Data received before a loss is still handled, in the time that handlers have.
    else this.advance();
  }

  unsubscribed(channel: TopicChannel, lastSeq: number): void {
    if (!this.#unanswered.delete(channel)) return;
    this.#noteUnsubscribed(channel.topic, lastSeq);
  }

  notUnsubscribed(channel: TopicChannel): void {
    if (!this.#unanswered.delete(channel)) return;
    const { unknown, unsubscribed, lastSeq } = this.#draft;
    const { topic } = channel;
    // A topic that was left and subscribed anew has two: what is unknown of one is unknown of the topic.
    if (unsubscribed.includes(topic)) unsubscribed.splice(unsubscribed.indexOf(topic), 1);
    if (!unknown.includes(topic)) unknown.push(topic);
    lastSeq[topic] = Math.max(lastSeq[topic] ?? 0, channel.lastTold);
  }

  #noteUnsubscribed(topic: string, last: number): void {
    const { unknown, unsubscribed, lastSeq } = this.#draft;
    if (!unknown.includes(topic) && !unsubscribed.includes(topic)) unsubscribed.push(topic);
    lastSeq[topic] = Math.max(lastSeq[topic] ?? 0, last);
  }

  #unsubscribe(): void {
    this.#step = "answers";
    const { book } = this.#parts;
    this.#endUnwritten("SUPERSEDED", "closed before the subscribe was sent");
    const leaving: TopicChannel[] = [];
    for (const channel of book.channelTable) {
      // Given up before its unsubscribe could be written: it is on the wire still.
      const forgotten = channel.phase === "abandoned" && channel.leaving === undefined;
      if (channel.phase === "live" || channel.phase === "subscribing" || forgotten)
        leaving.push(channel);
      else if (channel.phase !== "unsubscribing" && channel.phase !== "abandoned") continue;
      this.#unanswered.add(channel);
      // One that the application is unsubscribing already needs no second request.
      channel.leaving?.follow(this);
    }
    if (!this.#lost) book.unsubscribe(leaving, this);
  }

  #endUnwritten(code: SessionErrorCode, text: string): void {
    const ended = this.#parts.book.endUnwritten(() => new SessionError(code, text));
    for (const { topic, lastSeq } of ended) this.#noteUnsubscribed(topic, lastSeq);
  }

  #awaitHandlers(): void {
    this.#step = "handlers";
    const { kernel, deliveries } = this.#parts;
    const dueMs = this.#command.token.issuedAt + this.#command.deadlineMs;
    const leftMs = Math.max(0, dueMs - kernel.clock.now());
    // The other half is for the bye and the close handshake.
    const limits = { deadlineMs: leftMs / 2 };
    const timeout = { tokenId: 0, subject: [], complete: () => this.#handlersLate() };
    this.#handlersGuard = new Guard(kernel, "close_complete", timeout, limits);
    this.#discardLoops();
    for (const feed of deliveries.feeds()) if (feed.parked) feed.discardWaiting();
    const advanced = (): void => {
      if (!this.#working)
        kernel.queue.post("close_complete", { target: this, ending: { by: "handlers" } });
    };
    deliveries.strays.onDone = advanced;
    for (const lane of deliveries.lanes()) {
      this.#lanesBusy += 1;
      lane.mark(() => {
        this.#lanesBusy -= 1;
        advanced();
      });
    }
    this.#yieldPlaces();
  }

  /** It was called once more, from inside a handler or a loop perhaps. */
  join(run: LaneRun | undefined): void {
    if (this.#step === "done") return;
    const { runs, loops } = this.#command;
    if (run !== undefined) runs.push(run);
    for (const feed of this.#parts.deliveries.feeds()) loops.push([feed, feed.watchLoops()]);
    if (this.#step !== "handlers") return;
    this.#discardLoops();
    this.#yieldPlaces();
    this.advance();
  }

  #discardLoops(): void {
    for (const [feed, loopStill] of this.#command.loops) if (loopStill()) feed.discardWaiting();
  }

  /** A handler that called gives up its place: waiting for it would be waiting for ourselves. */
  #yieldPlaces(): void {
    for (const run of this.#command.runs) run.yieldPlace();
  }

  #handlersLate(): void {
    if (this.#step !== "handlers") return;
    this.#stopHandlers();
    this.#handlersDone();
  }

  #handlersDone(): void {
    this.#handlersGuard?.release();
    if (this.#lost) {
      this.#finish();
      return;
    }
    this.#step = "bye";
    this.#noteSent();
    const { lastSeq } = this.#draft;
    const seen = { lastSeq, notifications: this.#draft.notifications.sent };
    this.#parts.operations.write(
      new PlainOperation(
        "bye",
        (codec, id) => codec.encodeBye(id, seen),
        (ending) => this.#saidBye(ending),
      ),
    );
  }

  #saidBye(ending: OperationEnding): void {
    if (this.#step !== "bye" || ending.by === "loss") return;
    if (ending.by === "answer") {
      this.#byeAnswered = true;
      this.#draft.notifications.arrived = (ending.result as ByeResult).notifications;
    }
    this.#step = "handshake";
    this.#parts.link.close(this.#command.code, this.#command.reason);
  }

  /** Waits no longer for handlers: what they have not begun with is thrown away and counted. */
  #stopHandlers(): void {
    if (this.#step === "bye" || this.#step === "handshake") return;
    this.#draft.handlersAborted += this.#strays;
    for (const lane of this.#parts.deliveries.lanes()) this.#draft.handlersAborted += lane.running;
    for (const feed of this.#parts.deliveries.feeds()) feed.discardWaiting();
  }

  /** Counted when the bye is due: what waited for the credentials is sent while the close flushes. */
  #noteSent(): void {
    if (!this.#lost) this.#draft.notifications.sent = this.#parts.operations.notificationsSent;
  }

  /** What waits to be written again is about to be dropped: nobody knows what became of it. */
  noteDropped(): void {
    this.#noteRequests(this.#parts.operations.repeated);
  }

  #noteRequests(operations: Iterable<Operation>): void {
    for (const { type, tokenId, subject } of operations)
      if (type === "request") this.#draft.sentUnacked.push({ id: tokenId, type, subject });
  }

  #noteUnanswered(): void {
    this.#draft.bytesUnsent = this.#parts.link.bufferedBytes;
    for (const channel of [...this.#unanswered]) this.notUnsubscribed(channel);
    // One whose token has ended by its deadline, too: nobody knows what became of it.
    this.#noteRequests(new Set(this.#parts.operations.inFlight));
    this.noteDropped();
    // Whether the peer has heard the bye, nobody knows.
    if (this.#step === "bye")
      this.#draft.sentUnacked.push({ id: this.tokenId, type: "close", subject: [] });
  }

  #finish(): void {
    this.#step = "done";
    this.#handlersGuard?.release();
    const draft = this.#draft;
    const { token } = this.#command;
    const { notifications } = draft;
    // Without a bye nobody knows how many arrived, unless none was sent.
    if (notifications.sent > 0 && !this.#byeAnswered) notifications.arrived = null;
    this.#parts.finished();
    const { clock } = this.#parts.kernel;
    settleClose(token, draft, this.#byeAnswered ? "frame" : "local", clock.now());
  }
}
