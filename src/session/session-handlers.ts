import type { SessionError } from "./errors.ts";
import type { EventHandlers } from "./event-queue.ts";
import type {
  Completion,
  SessionEventType,
  SessionQueueEvents,
  Startable,
} from "./session-events.ts";

/** What happens to the events that are neither a request nor its completion. */
export interface SessionFlow {
  /** Whether this is the connection under the session: nothing that an older one brings is heard. */
  isCurrent(epoch: number): boolean;
  /** The connection is open. */
  opened(): void;
  /** A message arrived. */
  arrived(event: SessionQueueEvents["recv_data"]): void;
  /** The connection is gone. */
  connectionLost(event: SessionQueueEvents["connection_lost"]): void;
  /** An error is to be told. */
  errorOccurred(error: SessionError): void;
  /** Called before each event is handled. */
  trace<Type extends SessionEventType>(type: Type, payload: SessionQueueEvents[Type]): void;
}

/**
 * Makes the one handler per event type: requests start, completions complete, and the rest is the flow's.
 * All of them are synchronous, so the session's queue never waits.
 */
export function createHandlers(flow: SessionFlow): EventHandlers<SessionQueueEvents> {
  const start =
    (type: SessionEventType) =>
    (payload: Startable): void => {
      flow.trace(type, payload);
      payload.start();
    };
  const complete =
    (type: SessionEventType) =>
    (payload: Completion): void => {
      flow.trace(type, payload);
      payload.target.complete(payload.ending);
    };
  const connectCompleted = complete("connect_complete");
  return {
    connect_request: start("connect_request"),
    connect_complete: (payload) => {
      if ("target" in payload) {
        connectCompleted(payload);
      } else if (flow.isCurrent(payload.epoch)) {
        flow.trace("connect_complete", payload);
        flow.opened();
      }
    },
    auth_request: start("auth_request"),
    auth_complete: complete("auth_complete"),
    subscribe_request: start("subscribe_request"),
    subscribe_complete: complete("subscribe_complete"),
    unsubscribe_request: start("unsubscribe_request"),
    unsubscribe_complete: complete("unsubscribe_complete"),
    send_request: start("send_request"),
    send_complete: complete("send_complete"),
    recv_data: (payload) => {
      if (!flow.isCurrent(payload.epoch)) return;
      flow.trace("recv_data", payload);
      flow.arrived(payload);
    },
    close_request: start("close_request"),
    close_complete: complete("close_complete"),
    connection_lost: (payload) => {
      if (!flow.isCurrent(payload.epoch)) return;
      flow.trace("connection_lost", payload);
      flow.connectionLost(payload);
    },
    error_occurred: (error) => flow.errorOccurred(error),
  };
}
