import { checkCount } from "./check-count.ts";
import { FeedError } from "./feed-error.ts";
import { type MissingRange, resolveSpan, type SequenceReader } from "./sequence.ts";
import { Sequencer } from "./sequencer.ts";

/** A state of the feed, and the number of the last change that is in it. */
export interface FeedSnapshot<Snapshot> {
  /** Number of the last change that is in it: an integer from 0 up, or the attempt counts as failed. */
  readonly last: number;
  /** The state. */
  readonly value: Snapshot;
}

/** Why a feed is not whole. */
export type StaleReason =
  | {
      /** No snapshot yet. */
      readonly type: "unsynced";
    }
  | {
      /** Changes are missing. */
      readonly type: "gap";
      /** Which. */
      readonly missing: MissingRange;
    }
  | {
      /** The feed went back, or its numbers make no sense. */
      readonly type: "regression";
    }
  | {
      /** The application said so: the connection was lost. */
      readonly type: "interrupted";
    };

/** Settings of a {@link SnapshotSync}. */
export interface SnapshotSyncOptions<Message, Snapshot> {
  /** Reads a change's numbers. */
  readonly seq: SequenceReader<Message>;
  /**
   * Fetches the state as it is now. Called again at once where it fails or is too old: it may wait before it asks.
   *
   * @param signal - Aborted when the answer is no longer wanted.
   */
  readonly fetchSnapshot: (signal: AbortSignal) => Promise<FeedSnapshot<Snapshot>>;
  /**
   * How often a snapshot is fetched in a row before it is given up: one may fail, or be older than the changes kept.
   *
   * @defaultValue 5
   */
  readonly maxAttempts?: number;
  /**
   * How many changes are kept while a snapshot is fetched; one more, and the oldest goes.
   *
   * @defaultValue 10,000
   */
  readonly maxKept?: number;
}

/** What a {@link SnapshotSync} tells. None of the members may throw. */
export interface SnapshotSyncListener<Message, Snapshot> {
  /** The state, whole up to its number. The changes that are told next follow it without a hole. */
  synced(value: Snapshot, last: number): void;
  /** The next change. */
  changed(message: Message): void;
  /** The state is not whole any more: do not show it until the next `synced`. */
  stale?(reason: StaleReason): void;
  /** The attempts are used up. {@link SnapshotSync.sync} tries again. */
  failed?(error: FeedError): void;
}

/**
 * Follows a feed that is a snapshot and numbered changes: changes are kept while the snapshot is fetched, those that
 * are in it are dropped, also where they come later than it, and the rest follow it. A gap means a new snapshot, at once.
 */
export class SnapshotSync<Message, Snapshot> {
  readonly #options: SnapshotSyncOptions<Message, Snapshot>;
  readonly #listener: SnapshotSyncListener<Message, Snapshot>;
  readonly #maxAttempts: number;
  readonly #maxKept: number;
  readonly #sequencer: Sequencer<Message>;
  #kept: Message[] = [];
  // The feed's newest number; undefined before its first.
  #newest: number | undefined;
  // Whether the feed went back, and no change has followed a snapshot since: a snapshot may be of the count before.
  #wentBack = false;
  // Number of the last change in the snapshot that the state began with.
  #snapshotLast = 0;
  // Whether the feed is still behind that number.
  #isBehind = false;
  #isLive = false;
  #fetching: AbortController | undefined;

  /** @throws RangeError when a limit is out of range. */
  constructor(
    options: SnapshotSyncOptions<Message, Snapshot>,
    listener: SnapshotSyncListener<Message, Snapshot>,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.#maxAttempts = checkCount("maxAttempts", options.maxAttempts ?? 5, 1);
    this.#maxKept = checkCount("maxKept", options.maxKept ?? 10_000, 1);
    this.#sequencer = new Sequencer<Message>(
      // What is missing is in the next snapshot: there is nothing to wait for.
      { seq: options.seq, maxHeld: 0 },
      {
        delivered: (message) => this.#delivered(message),
        lost: (missing) => this.#goStale({ type: "gap", missing }),
        regressed: (message) => {
          // The first that is heard of a feed may be one that the snapshot has; later ones are a step back.
          this.#wentBack = this.#newest !== undefined;
          this.#newest = undefined;
          this.#goStale({ type: "regression" });
          // It may be the first of a feed that counts anew.
          this.#keep(message);
        },
        malformed: () => this.#goStale({ type: "regression" }),
      },
    );
  }

  /** Whether the state is whole: every change up to the newest was told. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** How many changes are kept for the next snapshot. */
  get kept(): number {
    return this.#kept.length;
  }

  /** Takes one change of the feed. */
  push(message: Message): void {
    if (!this.#isLive) this.#keep(message);
    else if (!this.#isInSnapshot(message)) this.#sequencer.push(message);
  }

  /** Fetches a snapshot, unless the state is whole or one is being fetched. To be called once the feed is subscribed. */
  sync(): void {
    if (this.#isLive || this.#fetching !== undefined) return;
    this.#listener.stale?.({ type: "unsynced" });
    void this.#fetch();
  }

  /** The feed was cut off: the state is stale, and what was kept is dropped. {@link SnapshotSync.sync} begins anew. */
  interrupt(): void {
    this.#fetching?.abort();
    this.#fetching = undefined;
    this.#kept = [];
    this.#newest = undefined;
    this.#wentBack = false;
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#listener.stale?.({ type: "interrupted" });
  }

  #delivered(message: Message): void {
    if (!this.#isLive) {
      this.#keep(message);
      return;
    }
    const { position = 0 } = this.#sequencer;
    if (position > this.#snapshotLast) {
      this.#newest = position;
      this.#wentBack = false;
    }
    this.#listener.changed(message);
  }

  #keep(message: Message): void {
    const last = this.#spanOf(message)?.last;
    if (last !== undefined) {
      if (last <= (this.#newest ?? -1)) {
        if (last === this.#newest || this.#isKept(last)) return;
        // The feed counts anew, and no snapshot fits what was kept of both counts.
        this.#kept = [];
        this.#wentBack = true;
      }
      this.#newest = last;
    }
    this.#kept.push(message);
    if (this.#kept.length > this.#maxKept) this.#kept.shift();
  }

  #goStale(reason: StaleReason): void {
    if (!this.#isLive) return;
    this.#isLive = false;
    this.#listener.stale?.(reason);
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    const controller = new AbortController();
    this.#fetching = controller;
    let cause: unknown;
    for (let attempt = 0; attempt < this.#maxAttempts; attempt += 1) {
      let snapshot: FeedSnapshot<Snapshot>;
      try {
        snapshot = await this.#options.fetchSnapshot(controller.signal);
        if (controller.signal.aborted) return;
        checkCount("last", snapshot.last, 0);
        if (this.#isTooOld(snapshot.last)) continue;
      } catch (error) {
        if (controller.signal.aborted) return;
        cause = error;
        continue;
      }
      this.#fetching = undefined;
      this.#goLive(snapshot);
      return;
    }
    this.#fetching = undefined;
    const text = `no snapshot that fits in ${this.#maxAttempts} attempts`;
    this.#listener.failed?.(new FeedError("SNAPSHOT_FAILED", text, { cause }));
  }

  /** Whether changes between the snapshot and the oldest that was kept are missing. */
  #isTooOld(last: number): boolean {
    for (const message of this.#kept) {
      const span = this.#spanOf(message);
      if (span !== undefined && span.last > last) return span.previous > last;
    }
    return false;
  }

  #goLive({ value, last }: FeedSnapshot<Snapshot>): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#isLive = true;
    this.#snapshotLast = last;
    this.#isBehind = !this.#wentBack && this.#newest !== undefined && this.#newest < last;
    this.#sequencer.restart();
    this.#sequencer.resumeAfter(last);
    this.#listener.synced(value, last);
    for (const message of kept) {
      const span = this.#spanOf(message);
      if (span === undefined || span.last > last) this.push(message);
    }
  }

  /** Whether a change is one that the snapshot has: it was fetched past what the feed had brought. */
  #isInSnapshot(message: Message): boolean {
    if (!this.#isBehind) return false;
    const last = this.#spanOf(message)?.last;
    if (last === undefined || last < (this.#newest ?? 0)) return false;
    this.#isBehind = last < this.#snapshotLast;
    if (last > this.#snapshotLast) return false;
    this.#newest = last;
    return true;
  }

  #isKept(last: number): boolean {
    return this.#kept.some((message) => this.#spanOf(message)?.last === last);
  }

  #spanOf(message: Message) {
    const span = this.#options.seq(message);
    return span === undefined ? undefined : resolveSpan(span);
  }
}
