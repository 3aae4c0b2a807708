import type { Connection } from "../session/connection/transport.ts";
import type { FlowControl, FlowMarks } from "../session/session-environment.ts";

/**
 * Stops reading from the socket while too many events wait for handlers, where a socket can be paused: the rest then
 * waits with the server, which thins it by the subscriptions' policies.
 */
export class PauseRule implements FlowControl {
  readonly #marks: FlowMarks;
  #connection: Connection | undefined;
  #isPaused = false;

  constructor(marks: FlowMarks) {
    this.#marks = marks;
  }

  look(connection: Connection | undefined, eventsQueued: number, mayPause: () => boolean): boolean {
    if (connection !== this.#connection) {
      this.#connection = connection;
      this.#isPaused = false;
    }
    if (connection?.pause === undefined) return false;
    const { highWatermark, lowWatermark } = this.#marks;
    if (this.#isPaused) {
      if (eventsQueued > lowWatermark && mayPause()) return false;
      this.#isPaused = false;
      connection.resume?.();
      return false;
    }
    if (eventsQueued < highWatermark || !mayPause()) return false;
    this.#isPaused = true;
    connection.pause();
    return true;
  }
}
