import { checkCount } from "./check-count.ts";
import { FeedError } from "./feed-error.ts";
import type { MissingRange } from "./sequence.ts";
import { Sequencer, type SequencerListener, type SequencerOptions } from "./sequencer.ts";

/** Settings of a {@link RangeRecovery}. */
export interface RangeRecoveryOptions<Message> extends SequencerOptions<Message> {
  /**
   * Fetches messages again. One range at a time; what does not come with it is lost.
   *
   * @param signal - Aborted when the answer is no longer wanted.
   */
  readonly fetchRange: (range: MissingRange, signal: AbortSignal) => Promise<readonly Message[]>;
  /**
   * How many ranges may wait to be fetched; one more is lost at once, with everything before it.
   *
   * @defaultValue 100
   */
  readonly maxWaitingRanges?: number;
}

/** What a {@link RangeRecovery} tells. None of the members may throw. */
export interface RangeRecoveryListener<Message> extends SequencerListener<Message> {
  /** A range could not be fetched; it is told as lost, too. */
  failed?(error: FeedError, range: MissingRange): void;
}

/** Fills the holes of a feed by asking for what is missing; what comes later waits behind, in order. */
export class RangeRecovery<Message> {
  readonly #sequencer: Sequencer<Message>;
  readonly #options: RangeRecoveryOptions<Message>;
  readonly #listener: RangeRecoveryListener<Message>;
  readonly #maxWaiting: number;
  #waiting: MissingRange[] = [];
  #fetching: AbortController | undefined;
  #isStopped = false;

  /** @throws RangeError when a limit is out of range. */
  constructor(options: RangeRecoveryOptions<Message>, listener: RangeRecoveryListener<Message>) {
    this.#options = options;
    this.#listener = listener;
    this.#maxWaiting = checkCount("maxWaitingRanges", options.maxWaitingRanges ?? 100, 1);
    this.#sequencer = new Sequencer(options, {
      ...forwarded(listener),
      missing: (range) => this.#missing(range),
    });
  }

  /** Number of the last change delivered or lost; undefined before the first. */
  get position(): number | undefined {
    return this.#sequencer.position;
  }

  /** Whether something that is missing is being asked for. */
  get isRecovering(): boolean {
    return this.#fetching !== undefined;
  }

  /** Takes one message of the feed. */
  push(message: Message): void {
    if (!this.#isStopped) this.#sequencer.push(message);
  }

  /** Ends it: what is missing is lost, what is held back is delivered, and nothing follows. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#waiting = [];
    this.#fetching?.abort();
    this.#sequencer.giveUp();
  }

  #missing(range: MissingRange): void {
    this.#listener.missing?.(range);
    this.#waiting.push(range);
    if (this.#waiting.length > this.#maxWaiting) {
      const [oldest] = this.#waiting.splice(0, 1);
      // The sequencer is at work on the message that showed the gap.
      if (oldest !== undefined) queueMicrotask(() => this.#sequencer.giveUp(oldest.to));
    }
    if (this.#fetching === undefined) void this.#fetchAll();
  }

  async #fetchAll(): Promise<void> {
    const controller = new AbortController();
    this.#fetching = controller;
    for (;;) {
      const range = this.#waiting.shift();
      if (range === undefined) break;
      // It came by itself meanwhile, or was given up.
      if ((this.#sequencer.position ?? -1) >= range.to) continue;
      for (const message of await this.#fetch(range, controller.signal)) this.push(message);
      if (this.#isStopped) break;
      if ((this.#sequencer.position ?? -1) < range.to) this.#sequencer.giveUp(range.to);
    }
    this.#fetching = undefined;
  }

  async #fetch(range: MissingRange, signal: AbortSignal): Promise<readonly Message[]> {
    try {
      // Copied here, so that an answer that is no list fails as one that does not come.
      return [...(await this.#options.fetchRange(range, signal))];
    } catch (cause) {
      if (!this.#isStopped) {
        const text = `messages ${range.from} to ${range.to} could not be fetched`;
        this.#listener.failed?.(new FeedError("RANGE_FAILED", text, { cause }), range);
      }
      return [];
    }
  }
}

/** A listener may be an object of a class, whose methods a spread would not see. */
function forwarded<Message>(listener: SequencerListener<Message>): SequencerListener<Message> {
  return {
    delivered: (message) => listener.delivered(message),
    lost: (range) => listener.lost?.(range),
    duplicated: (message) => listener.duplicated?.(message),
    regressed: (message) => listener.regressed?.(message),
    malformed: (message) => listener.malformed?.(message),
  };
}
