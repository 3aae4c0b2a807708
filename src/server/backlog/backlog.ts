import type { LiveSession } from "../live-session.ts";
import { KeyedMessages } from "./keyed-messages.ts";

/** What is held back for a session that is behind. */
export interface HeldBack {
  /**
   * Writes what is held, in order, until {@link Backlog.blocks} says no.
   *
   * @returns Whether nothing is left that waits for the session.
   */
  release(): boolean;
  /** Writes all of it that nobody can read later. */
  flush(): void;
  /** Counts the oldest with the next one, and lets it go. @returns Whether there was one that it may let go. */
  dropOldest?(): boolean;
}

/**
 * Knows whether a session is behind, and what is held back for it meanwhile.
 *
 * It is behind from when more than `highWatermarkBytes` wait to be read, the next message included, until they are
 * down to `lowWatermarkBytes`.
 */
export class Backlog {
  /** Bytes that are held back. */
  heldBytes = 0;
  /** Messages that are held back. */
  heldMessages = 0;
  readonly #session: LiveSession;
  /** Who waits until the session is no more behind, in the order in which they began. */
  readonly #waiting = new Set<HeldBack>();
  #keyed: KeyedMessages | null = null;
  #isBehind = false;

  constructor(session: LiveSession) {
    this.#session = session;
  }

  /** Notifications that wait, by key. */
  get keyed(): KeyedMessages {
    this.#keyed ??= new KeyedMessages(this.#session, this);
    return this.#keyed;
  }

  /** Whether the session is behind, as far as is known. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Tells whether a message of so many bytes has to be held back. */
  blocks(bytes: number): boolean {
    const { connection, core } = this.#session;
    if (this.#isBehind) {
      // Nobody may have told us yet.
      this.look();
      if (this.#isBehind) return true;
    }
    if (connection.isDrained === true) return false;
    const { bufferedBytes } = connection;
    // A lone message is never too much.
    if (bufferedBytes === 0) return false;
    const { highWatermarkBytes, lowWatermarkBytes } = core.limits;
    if (bufferedBytes + bytes <= highWatermarkBytes) return false;
    this.#isBehind = true;
    core.counters.sessionsBehind += 1;
    connection.awaitDrain?.(lowWatermarkBytes);
    return true;
  }

  /** Sees whether the session has caught up. */
  look(): void {
    if (!this.#isBehind) return;
    const { connection, core } = this.#session;
    if (connection.bufferedBytes <= core.limits.lowWatermarkBytes) this.catchUp();
  }

  /** The session has caught up: writes what waited, until it is behind again. */
  catchUp(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    for (const held of [...this.#waiting]) {
      if (this.#isBehind || !this.#session.isOpen) return;
      // Whoever could not write everything goes behind the others.
      this.#waiting.delete(held);
      if (!held.release()) this.#waiting.add(held);
    }
  }

  /** Lets somebody wait until the session has caught up. */
  wait(held: HeldBack): void {
    this.#waiting.add(held);
  }

  /** Takes somebody out of the wait. */
  leave(held: HeldBack): void {
    this.#waiting.delete(held);
  }

  /** Writes all that waits: the session's end follows. */
  flush(): void {
    for (const held of [...this.#waiting]) held.flush();
    this.#waiting.clear();
  }

  /** Whether what may be dropped is within its share: what is not, and the answers, need room as well. */
  get hasShare(): boolean {
    const { highWatermarkBytes, maxPendingBytes } = this.#session.core.limits;
    return this.#pendingBytes <= Math.max(highWatermarkBytes, maxPendingBytes / 2);
  }

  /**
   * Makes room for so many bytes beside what is held and what waits in the connection, of what may be dropped.
   *
   * @returns Whether all of it together is within the limit.
   */
  makeRoom(bytes: number): boolean {
    for (const held of this.#waiting) {
      if (this.#fits(bytes)) return true;
      let hasDropped = true;
      while (hasDropped && !this.#fits(bytes)) hasDropped = held.dropOldest?.() ?? false;
    }
    return this.#fits(bytes);
  }

  #fits(bytes: number): boolean {
    return this.#pendingBytes + bytes <= this.#session.core.limits.maxPendingBytes;
  }

  get #pendingBytes(): number {
    return this.#session.connection.bufferedBytes + this.heldBytes;
  }
}
