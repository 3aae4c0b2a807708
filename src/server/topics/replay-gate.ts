import { type BackplaneEvent, type HistoryPage, whenThere } from "../../backplane/index.ts";
import type { Since } from "../../protocol/json-rpc/messages.ts";
import { Backlog, type HeldBack } from "../backlog/backlog.ts";
import { endSubscription } from "../closing/session-end.ts";
import type { LiveSession } from "../live-session.ts";
import { CatchUpGate, HeldLive, heldSince } from "./opening-gates.ts";
import type { EventGate, Subscription } from "./topic.ts";
import type { TopicEvent } from "./topic-event.ts";

/**
 * Brings a subscriber what it missed, as fast as its session reads.
 *
 * Half of what may wait for the session is for replays, the rest for what is live meanwhile. What does not fit stays
 * in the history, and is read again when the session has caught up: nothing is kept here, however far behind it is.
 */
export class ReplayGate implements EventGate, HeldBack {
  /** Number of the last event that was written or skipped. */
  seq: number;
  readonly #subscription: Subscription<LiveSession>;
  #epoch: string;
  /** What comes live while the history is read; null while it is not. */
  #live: HeldLive | null = null;

  constructor(subscription: Subscription<LiveSession>, epoch: string, fromSeq: number) {
    this.#subscription = subscription;
    this.#epoch = epoch;
    this.seq = fromSeq;
  }

  take(event: TopicEvent): void {
    this.#live?.take(event);
  }

  /**
   * Writes a page of the history and what came live while it was read, and lets live events through behind them.
   *
   * @param live - In order; null where it was too much to keep.
   * @returns Whether nothing of it waits until the session has caught up.
   */
  write(page: readonly BackplaneEvent[], live: readonly TopicEvent[] | null): boolean {
    const { topic } = this.#subscription;
    for (const event of page) if (!this.#pass(topic.event(event))) return this.#wait();
    for (const event of heldSince(this.#epoch, live ?? []))
      if (!this.#pass(event)) return this.#wait();
    const isBehind = topic.epoch !== this.#epoch || topic.seq > this.seq;
    if (isBehind && this.#isCurrent) return this.release();
    // What is being carried here may have been in the history already.
    if (this.#isCurrent) this.#subscription.gate = new CatchUpGate(this.#subscription, this.seq);
    return true;
  }

  release(): boolean {
    if (this.#live !== null || !this.#isCurrent) return true;
    const { topic } = this.#subscription;
    // The epoch changed while this waited: what it still missed of the old one is gone.
    if (topic.epoch !== this.#epoch) this.#restart(topic.restart(this.seq + 1));
    return this.#read({ epoch: this.#epoch, seq: this.seq });
  }

  /** What is not written yet is for a later subscribe. */
  flush(): void {}

  leave(): void {
    this.#subscription.reader.backlog?.leave(this);
  }

  #read(since: Since): boolean {
    const { topic, reader: session } = this.#subscription;
    const live = new HeldLive(session.core.limits.maxPendingBytes);
    this.#live = live;
    let isDone = true;
    try {
      const read = whenThere(session.core.backplaneCalls.read(topic.name, since), (page) => {
        this.#live = null;
        isDone = this.#goOn(page, live.events);
      });
      if (read instanceof Promise) read.catch((cause: unknown) => this.#failed(cause));
    } catch (cause) {
      this.#failed(cause);
    }
    return isDone;
  }

  #goOn({ position, recovered, events }: HistoryPage, live: readonly TopicEvent[] | null): boolean {
    if (!this.#isCurrent) return true;
    const { topic } = this.#subscription;
    const isSame = position.epoch === this.#epoch;
    const missing = position.seq - this.seq;
    // Some of it was forgotten before the session could read it: the rest is still there.
    if (isSame && !recovered && missing > 0) return this.#read({ last: missing });
    if (!isSame && topic.epoch !== this.#epoch) return this.release();
    const fromSeq = isSame ? position.seq - events.length : topic.seq;
    if (fromSeq > this.seq) {
      this.#give(topic.gap(this.seq + 1, fromSeq));
      this.seq = fromSeq;
    }
    return this.write(isSame ? events : [], live);
  }

  /** @returns Whether the event was written, or needs not to be. */
  #pass(event: TopicEvent): boolean {
    if (event.seq <= this.seq && event.newEpoch === null) return true;
    const { reader: session } = this.#subscription;
    if (!this.#hasRoom(event)) {
      session.backlog ??= new Backlog(session);
      if (session.backlog.blocks(event.byteLength)) return false;
    }
    if (event.newEpoch !== null) {
      this.#restart(event);
      return true;
    }
    this.seq = event.seq;
    this.#give(event);
    return true;
  }

  #restart(event: TopicEvent): void {
    this.#epoch = event.newEpoch ?? this.#epoch;
    this.seq = 0;
    this.#give(event);
  }

  #give(event: TopicEvent): void {
    const { reader, thinning } = this.#subscription;
    if (thinning === null) reader.deliver(event.frame);
    else thinning.take(event);
  }

  #hasRoom(event: TopicEvent): boolean {
    const { bufferedBytes, backlog, core } = this.#subscription.reader;
    const { highWatermarkBytes, maxPendingBytes } = core.limits;
    const forReplays = maxPendingBytes / 2 - (backlog?.heldBytes ?? 0);
    // Up to the high watermark nobody would tell us when there is room again.
    const room = Math.max(highWatermarkBytes, forReplays) - bufferedBytes;
    // A UTF-16 code unit is at most three bytes of UTF-8, so most messages need no count.
    return bufferedBytes === 0 || event.frame.text.length * 3 <= room || event.byteLength <= room;
  }

  #wait(): boolean {
    const { reader: session } = this.#subscription;
    if (this.#isCurrent) session.backlog?.wait(this);
    return false;
  }

  get #isCurrent(): boolean {
    const { reader, gate, index } = this.#subscription;
    return reader.isOpen && gate === this && index >= 0;
  }

  #failed(cause: unknown): void {
    const { reader: session } = this.#subscription;
    if (!this.#isCurrent) return;
    session.core.report("BACKPLANE_FAILED", "the backplane did not answer", session, cause);
    endSubscription(session, this.#subscription, "FAILED", true);
  }
}
