/** What the processes of the resume bench say to each other: one answer for each order, in order. */

/**
 * How a session that was dropped gets what it needs:
 *
 * - `resume`: subscribes since its position, and gets what it missed
 * - `cold`: subscribes anew, and asks a method for the topic's state
 * - `subscribe`: subscribes anew, and knows nothing of what it missed: the floor under both
 */
export type Way = "resume" | "cold" | "subscribe";

/** The ways, in the order in which they are first measured. */
export const WAYS: readonly Way[] = ["resume", "cold", "subscribe"];

/** Topics, each read by the same number of sessions. */
export const TOPICS = 100;
/** Events of each topic that a session misses. */
export const MISSED = 20;
/** Events that make up the state of a topic, for who cannot resume. */
export const STATE = 100;

/** What the server's process is told. */
export type ServerOrder =
  /** Waits until no session is there, publishes what they miss on every topic; answers {@link Place}. */
  | { readonly type: "miss" }
  /** Answers {@link Used}. */
  | { readonly type: "cpu" };

/** Where every topic was before the sessions missed something, and the CPU that had been used by then. */
export interface Place extends Used {
  readonly epoch: string;
  readonly seq: number;
}

/** What CPU a process has used, in microseconds. */
export interface Used {
  readonly cpuUs: number;
}

/** What the clients' process is told. */
export type ClientOrder =
  /** Connects so many sessions in a way; answers {@link Recovered} when each of them is whole. */
  | ({ readonly type: "connect"; readonly sockets: number; readonly way: Way } & Place)
  /** Resets all connections; answers `{}`. */
  | { readonly type: "drop" };

/** How long it took until the last session was whole, and what this process used. */
export interface Recovered extends Used {
  readonly elapsedMs: number;
}
