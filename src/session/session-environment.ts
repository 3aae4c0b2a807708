import type { Clock, Random } from "./clock.ts";
import type { Connection, Transport } from "./connection/transport.ts";
import type { HandlerScope } from "./delivery/handler-scope.ts";

/** When to stop reading, and when to go on; see {@link SessionOptions.highWatermark}. */
export interface FlowMarks {
  /** Events that wait for handlers. */
  readonly highWatermark: number;
  /** Events that wait for handlers. */
  readonly lowWatermark: number;
}

/** Decides whether a session reads from its connection. */
export interface FlowControl {
  /**
   * Looks at how things are: called whenever they may have changed. Must not throw.
   *
   * @param connection - The one under the session, open or not.
   * @param eventsQueued - Events that wait for handlers, over all subscriptions.
   * @param mayPause - Tells whether nothing is awaited of the peer that a paused socket would hold back.
   * @returns Whether it has stopped reading just now.
   */
  look(connection: Connection | undefined, eventsQueued: number, mayPause: () => boolean): boolean;
}

/** What a session needs from the world around it. */
export interface SessionEnvironment {
  /** Time and timers. */
  readonly clock: Clock;
  /** Jitter, and the session's own secret. */
  readonly random: Random;
  /** Opens connections. */
  readonly transport: Transport;
  /** Makes what knows from inside which handler a call comes; one per session. */
  readonly createHandlerScope: () => HandlerScope;
  /** Makes what pauses the socket of a session whose handlers are behind; left out where no socket can be. */
  readonly createFlowControl?: (marks: FlowMarks) => FlowControl;
}
