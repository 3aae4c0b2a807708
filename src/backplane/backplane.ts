import type { Position, Since } from "../protocol/json-rpc/messages.ts";

/** A value, or a promise of it. The memory backplane answers at once; one behind a network cannot. */
export type Eventual<Value> = Value | Promise<Value>;

/** One event, as a backplane numbers and carries it. */
export interface BackplaneEvent {
  /** The topic's name. */
  readonly topic: string;
  /** Names the history that `seq` counts in. */
  readonly epoch: string;
  /** 1, 2, 3 … without holes in one epoch. */
  readonly seq: number;
  /** The data as JSON text: encoded once, by the publisher. */
  readonly dataJson: string;
  /** When it was published: milliseconds since 1970 UTC, by the clock of whoever numbered it. */
  readonly atMs: number;
}

/** What a backplane remembers from a place on. */
export interface HistoryPage {
  /** Where the topic is after the last of {@link HistoryPage.events}: what follows live has `seq + 1`. */
  readonly position: Position;
  /** Whether {@link HistoryPage.events} is everything after the place that was asked for. */
  readonly recovered: boolean;
  /** In order, without holes; empty where nothing was missed, or too much. */
  readonly events: readonly BackplaneEvent[];
}

/**
 * Hears the events of a topic, in order, each once, from the position that `join` returned on; where the topic's history
 * was lost, or the topic deleted, from 1 on in another epoch. Must not throw.
 */
export type BackplaneListener = (event: BackplaneEvent) => void;

/** What a backplane knows of itself, as far as this process can tell. */
export interface BackplaneStats {
  /** Topics that are known: joined, or with a position. */
  readonly topics: number;
  /** Topics forgotten to keep within a limit. */
  readonly topicsEvicted: number;
  /** About how many bytes histories take in this process. */
  readonly historyBytes: number;
}

/**
 * Numbers the events of topics, remembers the newest of them, and carries them to every server process.
 *
 * Every implementation passes one contract suite (`test/backplane/contract.ts`).
 */
export interface Backplane {
  /**
   * Numbers an event one above the topic's last, remembers it, and carries it to whoever joined.
   *
   * @param dataJson - JSON text.
   * @returns The event's position.
   * @throws BackplaneError `BACKPLANE_FULL`; nothing was numbered.
   */
  publish(topic: string, dataJson: string): Eventual<Position>;
  /** Returns where a topic is. A topic that nobody published to is at 0. */
  position(topic: string): Eventual<Position>;
  /**
   * Reads what came after a place. A place in another epoch, ahead of the topic, or further back than is
   * remembered is not recovered: the page is then empty, at the topic's position.
   */
  read(topic: string, since: Since): Eventual<HistoryPage>;
  /**
   * Starts to bring a topic's events to a listener. There may be several: two servers of one process share a backplane.
   * All hear one order.
   *
   * @returns The position that the first event brought follows.
   * @throws BackplaneError `BACKPLANE_FULL`; nothing was joined.
   */
  join(topic: string, listener: BackplaneListener): Eventual<Position>;
  /**
   * Stops that. Nothing is brought to that listener after it returns.
   *
   * @param listener - The one that joined; absent for all that did.
   */
  leave(topic: string, listener?: BackplaneListener): void;
  /** Forgets a topic: its history, its numbers, its epoch. Whoever joined stays joined. */
  delete(topic: string): Eventual<void>;
  /** Returns what it knows of itself. */
  stats(): BackplaneStats;
  /** Lets go of everything. */
  close(): Eventual<void>;
}
