import type { ConnectionListener } from "../session/connection/transport.ts";
import type { Json, RecordedLine } from "./recording-format.ts";

/** What is known of a callback that the session calls. */
export interface CallbackTraits {
  /** Whether what it returns matters to the session, and so is recorded. */
  readonly keepsResult: boolean;
  /** Whether what it returns is a secret. */
  readonly isSecret: boolean;
}

/** A timer that the session waits for. */
export interface TracedTimer {
  readonly callback: () => void;
  /** The system's timer; undefined in a replay. */
  handle: unknown;
}

/**
 * Is the boundary between a session and the world. Recording it lets everything through and writes it down; replaying
 * it plays the world from a recording, and compares what the session does with it.
 */
export interface Trace {
  /** Listeners of the connections that are not closed, by epoch. */
  readonly connections: Map<number, ConnectionListener>;
  /** Timers that are set, by number. */
  readonly timers: Map<number, TracedTimer>;
  /** Returns the session's time. It stands still while the session works on one input. */
  now(): number;
  /** Something comes in from the world. */
  enter<T>(record: RecordedLine, run: () => T): T;
  /** The session does something. */
  out(record: RecordedLine): void;
  /** The session asks for something; the answer is its `value`. */
  ask<T extends Json>(record: RecordedLine, live: () => T, isSecret?: boolean): T;
  /** The session calls the application back. */
  callback(record: RecordedLine, live: () => unknown, traits: CallbackTraits): unknown;
  /** Runs a listener of the session's. Recorded only where it fails, or may fail later: the session reports that. */
  listener(run: () => unknown): unknown;
  /** Asks from inside which handler the session is being called: its number. Recorded only where there is one. */
  inside(live: () => number | undefined): number | undefined;
  /** Runs code of the application's: what comes in meanwhile is nested. */
  frame<T>(run: () => T): T;
  /** Returns the next number of a callback's run. */
  nextRun(): number;
}
