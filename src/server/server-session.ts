import type { Position } from "../protocol/json-rpc/messages.ts";
import type {
  DefaultApi,
  NotificationName,
  NotificationParams,
  SessionApi,
} from "../session/session-api.ts";
import type { SessionReceipt } from "./closing/receipts.ts";
import type { Principal } from "./connections/principal.ts";

/** How the server ends a session. */
export interface SessionCloseOptions {
  /** Milliseconds until the connection is dropped. @defaultValue 5,000 */
  readonly deadlineMs?: number;
  /** WebSocket close code: 1000 or 4000 to 4999. @defaultValue 1000 */
  readonly code?: number;
  /** For people; at most 123 bytes in UTF-8. @defaultValue `""` */
  readonly reason?: string;
}

/** How a notification is sent. */
export interface SendOptions {
  /**
   * Lets the notification take the place of one of the same key that still waits: 1 to 128 characters.
   * @defaultValue none: each is written
   */
  readonly key?: string;
}

/**
 * What became of a notification:
 *
 * - `sent`: it is on its way
 * - `queued`: the client is behind (`highWatermarkBytes`), and it waits
 * - `conflated`: it waits in the place of an older one of its key, which is never sent
 * - `dropped`: the session takes no more; or it read so slowly that it is closed for it (4408)
 */
export type SendOutcome = "sent" | "queued" | "conflated" | "dropped";

/** What happens to one session, by event name. */
export interface ServerSessionEvents {
  /** The client proved who it is, or refreshed that. */
  authenticated: (principal: Principal) => void;
  /** A topic is live; its first event has `position.seq + 1`. */
  subscribed: (topic: string, position: Position) => void;
  /** A topic is not live any more: the client unsubscribed (`code` null), the session ends (`CLOSED`), or the server's own reason. */
  unsubscribed: (topic: string, lastSeq: number, code: string | null) => void;
  /** The connection is gone. Comes last. */
  closed: (receipt: SessionReceipt) => void;
}

/** Is one client's conversation with the server, for the life of one connection. */
export interface ServerSession<Api extends SessionApi = DefaultApi> {
  /** Unique in this server's life; a reconnect has another one. */
  readonly id: number;
  /**
   * Recognises the same session over its reconnects: a digest of the secret in its hello, 32
   * hexadecimal digits; null before a hello.
   */
  readonly key: string | null;
  /** Who it acts for, or null. */
  readonly principal: Principal | null;
  /** The principal's id, or null. */
  readonly userId: string | null;
  /** The client's address. */
  readonly address: string;
  /** The upgrade request's path and query. */
  readonly url: string;
  /** The `Origin` header, or null without one. */
  readonly origin: string | null;
  /** Whether the connection is there and no close was begun. */
  readonly isOpen: boolean;
  /** Names of the live topics. */
  readonly topics: readonly string[];
  /** Bytes handed over that the client has not taken. */
  readonly bufferedBytes: number;
  /**
   * Sends a notification, in one order with answers and events.
   *
   * @returns Whether the session still takes any.
   * @throws TypeError when `params` is no JSON; RangeError when it is above `maxEventBytes`, or when
   *   the name is one of the wire's own.
   */
  notify<Name extends NotificationName<Api>>(
    method: Name,
    params: NotificationParams<Api, Name>,
  ): boolean;
  /**
   * Sends a notification and says what became of it. With a key it is held back while the client is behind, and only
   * the newest of its key is sent when it has caught up; whatever has no key may overtake it meanwhile.
   *
   * @throws As `notify`; RangeError when the key is out of its range.
   */
  send<Name extends NotificationName<Api>>(
    method: Name,
    params: NotificationParams<Api, Name>,
    options?: SendOptions,
  ): SendOutcome;
  /**
   * Ends one subscription and tells the client so (`topic.closed`).
   *
   * @param code - Says why. @defaultValue `"REVOKED"`
   * @returns Whether it was live.
   */
  revoke(topic: string, code?: string): boolean;
  /**
   * Ends the session: takes no new request, ends the subscriptions, awaits the methods that run,
   * closes behind their answers. A second call gets the same promise.
   *
   * @returns The receipt, at the latest at the deadline. Never rejects.
   * @throws RangeError when an option is out of its range.
   */
  close(options?: SessionCloseOptions): Promise<SessionReceipt>;
  /** Adds a listener. */
  on<Event extends keyof ServerSessionEvents>(
    event: Event,
    listener: ServerSessionEvents[Event],
  ): this;
  /** Removes a listener. */
  off<Event extends keyof ServerSessionEvents>(
    event: Event,
    listener: ServerSessionEvents[Event],
  ): this;
}
