import type { WireErrorCode } from "./error-codes.ts";

/** The subprotocol of this wire, offered and answered in the WebSocket handshake. */
export const JSON_RPC_SUBPROTOCOL = "orderly.v1";

/** The methods of `orderly.v1` that a client calls; any other name is the application's. */
export const CLIENT_METHODS = {
  /** Introduces the session by its secret. */
  hello: "session.hello",
  /** Presents credentials. */
  authenticate: "session.authenticate",
  /** Asks for a sign of life. */
  ping: "session.ping",
  /** Says that nothing more will come. */
  bye: "session.bye",
  /** Subscribes to topics. */
  subscribe: "topic.subscribe",
  /** Unsubscribes from topics. */
  unsubscribe: "topic.unsubscribe",
  /** Reads what was published on a topic, without subscribing. */
  history: "topic.history",
} as const;

/** The notifications of `orderly.v1` that a server sends; any other name is the application's. */
export const SERVER_METHODS = {
  /** An event of a topic. */
  event: "topic.event",
  /** Events that will not come. */
  gap: "topic.gap",
  /** The server ended a subscription. */
  closed: "topic.closed",
  /** The server goes away. */
  goaway: "session.goaway",
} as const;

/** A JSON-RPC id. Sessions use integers from 1 up; a server echoes whatever it was given. */
export type RequestId = string | number | null;

/**
 * The member `idempotency` of a request, beside its `params`: marks every attempt of one request, so that the server
 * runs it once at most. Keys belong to the principal and the method.
 */
export interface Idempotency {
  /** Names the request: 1 to 128 characters. */
  readonly key: string;
  /** 1 for the first attempt, one more for each that follows. */
  readonly attempt: number;
  /** The `dedupEpoch` of the connection on which the first attempt was written. Needed from attempt 2 on. */
  readonly epoch?: string;
  /**
   * Milliseconds since the first attempt was written, by a clock that does not stop while the machine sleeps. Needed
   * from attempt 2 on.
   */
  readonly ageMs?: number;
}

/** Where a subscriber is on a topic. */
export interface Position {
  /** Names the topic's history; another epoch means that the old one was lost. */
  readonly epoch: string;
  /** Number of the last event at or before this place; 0 before the first. */
  readonly seq: number;
}

/** From where a subscription wants its topic: after a position, or the newest `last` events at once. */
export type Since =
  | Position
  | {
      /** How many of the newest events. */
      readonly last: number;
    };

/** How events of a subscription may be thinned on their way to a slow reader. */
export type DeliveryPolicy =
  | {
      /** Every event. */
      readonly type: "reliable";
    }
  | {
      /** The newest event, of each key, where several wait. */
      readonly type: "latest";
      /**
       * The member of the event's `data` by whose value events replace one another: 1 to 128 characters. Absent: each
       * event replaces those before it. Events without that member are one key together.
       */
      readonly key?: string;
    }
  | {
      /** The newest event, at intervals. */
      readonly type: "sample";
      /** Milliseconds between two events at least; above 0, at most 86,400,000. */
      readonly intervalMs: number;
    }
  | {
      /** The newest events, where more wait than may. */
      readonly type: "drop-oldest";
      /** How many may wait; 1 to 1,000,000. */
      readonly maxEvents: number;
    };

/** One topic of a `topic.subscribe`. */
export interface SubscribeItem {
  /** The topic's name. */
  readonly topic: string;
  /** Where to start; absent means with the next event. */
  readonly since?: Since;
  /** The delivery policy; absent means `reliable`. */
  readonly delivery?: DeliveryPolicy;
}

/** Parameters of `topic.subscribe`. */
export interface SubscribeParams {
  /** At most 1,000 topics a request. */
  readonly topics: readonly SubscribeItem[];
}

/** One topic's answer to `topic.subscribe`: its position, or why not. */
export type SubscribeItemResult = SubscribeItemGranted | SubscribeItemDenied;

/** A topic that is subscribed now. */
export interface SubscribeItemGranted {
  /** The topic's name. */
  readonly topic: string;
  /** Names the topic's history. */
  readonly epoch: string;
  /** The position that the first event follows: that event has `seq + 1`. */
  readonly seq: number;
  /** Whether everything after `since` follows; false where `since` was absent or out of reach. */
  readonly recovered: boolean;
}

/** A topic that is not. */
export interface SubscribeItemDenied {
  /** The topic's name. */
  readonly topic: string;
  /** A name in `WIRE_ERRORS`, or a refusal's own. */
  readonly code: string;
  /** For people. */
  readonly message?: string;
}

/** Answer to `topic.subscribe`, in the order of the request. */
export interface SubscribeResult {
  /** One element for each topic. */
  readonly topics: readonly SubscribeItemResult[];
}

/** Parameters of `topic.unsubscribe`. */
export interface UnsubscribeParams {
  /** The topics' names. */
  readonly topics: readonly string[];
}

/** One topic's answer to `topic.unsubscribe`: the last `seq` that was written to this connection or skipped for it. */
export type UnsubscribeItemResult = UnsubscribeItemDone | UnsubscribeItemUnknown;

/** A topic that is unsubscribed now. */
export interface UnsubscribeItemDone {
  /** The topic's name. */
  readonly topic: string;
  /** Number of the last event that was written to this connection, or skipped for it. */
  readonly lastSeq: number;
}

/** A topic that was not subscribed. */
export interface UnsubscribeItemUnknown {
  /** The topic's name. */
  readonly topic: string;
  /** Why: `NOT_SUBSCRIBED`. */
  readonly code: WireErrorCode;
}

/** Answer to `topic.unsubscribe`, in the order of the request. */
export interface UnsubscribeResult {
  /** One element for each topic. */
  readonly topics: readonly UnsubscribeItemResult[];
}

/** Parameters of `session.hello`. */
export interface HelloParams {
  /** The session's 128-bit secret, 32 lower-case hexadecimal digits, made by the client. */
  readonly session: string;
}

/** Answer to `session.hello`. */
export interface HelloResult {
  /** Always `orderly.v1`. */
  readonly protocol: string;
  /** Names the life of the server's idempotency results. */
  readonly dedupEpoch: string;
  /** Milliseconds for which idempotency results are kept; 0 where there are none. */
  readonly dedupWindowMs: number;
  /**
   * Milliseconds of which a session that comes back waits a random part before it subscribes, so that the sessions of
   * one lost link do not all resume at once; 0 for at once.
   */
  readonly resumeWithinMs: number;
}

/** Parameters of `session.authenticate`. */
export interface AuthenticateParams {
  /** As the application understands it. */
  readonly token: string;
}

/** Answer to `session.authenticate`. */
export interface AuthenticateResult {
  /** The principal's user id. */
  readonly userId: string;
  /** Milliseconds until the credentials expire, or null for never. */
  readonly expiresInMs: number | null;
}

/** Parameters of `session.bye`: what the client saw, for the server's receipt. */
export interface ByeParams {
  /** Last `seq` received, by topic, over the connection's life. */
  readonly lastSeq?: Readonly<Record<string, number>>;
  /** How many notifications the client sent on this connection. */
  readonly notifications?: number;
}

/** Answer to `session.bye`, written after every earlier request was answered. */
export interface ByeResult {
  /** How many notifications arrived on this connection and were accepted. */
  readonly notifications: number;
  /**
   * Last `seq`, written or skipped, of each topic whose subscription the bye ended; absent where there was none.
   */
  readonly lastSeq?: Readonly<Record<string, number>>;
}

/** Parameters of `topic.history`. */
export interface HistoryParams {
  /** The topic's name. */
  readonly topic: string;
  /** After which place. */
  readonly since: Since;
  /** How many events at most: 1 to 1,000. The server may give fewer. Absent means 1,000. */
  readonly limit?: number;
}

/** An event of a `topic.history`. */
export interface HistoryEvent {
  /** Number of the event on the topic. */
  readonly seq: number;
  /** The application's data. */
  readonly data: unknown;
  /** Publish time, milliseconds since 1970 UTC, where latency is measured. */
  readonly at?: number;
}

/** Answer to `topic.history`. */
export interface HistoryResult {
  /** The topic's name. */
  readonly topic: string;
  /** Names the topic's history. */
  readonly epoch: string;
  /** Number of the topic's newest event. */
  readonly seq: number;
  /** Whether everything after `since` is remembered; else there are no events. */
  readonly recovered: boolean;
  /**
   * In order. What is missing between two of them, before the first or, without {@link HistoryResult.more}, behind the
   * last and up to `seq`, was too large to be sent, and will not come.
   */
  readonly events: readonly HistoryEvent[];
  /** Whether there are more: ask again with the last event's `seq`. */
  readonly more: boolean;
}

/** Parameters of `topic.event`. */
export interface EventParams {
  /** The topic's name. */
  readonly topic: string;
  /** Number of the event on the topic. */
  readonly seq: number;
  /** The application's data. */
  readonly data: unknown;
  /** Publish time, milliseconds since 1970 UTC, where latency is measured. */
  readonly at?: number;
  /** How many events this one stands for; absent means 1. */
  readonly conflated?: number;
}

/** Parameters of `topic.gap`: events that this subscriber will not get. */
export interface GapParams {
  /** The topic's name. */
  readonly topic: string;
  /** First missing `seq`. */
  readonly from: number;
  /** Last missing `seq`, or null where the epoch changed and nobody can say. */
  readonly to: number | null;
  /** With `to` null, the new epoch: the events that follow are numbered from 1. */
  readonly epoch?: string;
}

/** Parameters of `topic.closed`: the server ended this subscription. */
export interface TopicClosedParams {
  /** The topic's name. */
  readonly topic: string;
  /** Number of the last event for this subscriber. */
  readonly lastSeq: number;
  /** `REVOKED` (no longer authorized), `EXPIRED` (credentials), `DELETED` (the topic) or `FAILED`. */
  readonly code: string;
}

/** Parameters of `session.goaway`: drain, say bye, and come back later. */
export interface GoawayParams {
  /** Milliseconds after which the server closes anyway. */
  readonly deadlineMs: number;
}

/** The `error` member of a JSON-RPC answer. */
export interface WireError {
  /** One of the numbers of `WIRE_ERRORS`. */
  readonly code: number;
  /** For people. */
  readonly message: string;
  /** Names the error; an application's refusal may add `detail`. */
  readonly data?: WireErrorData;
}

/** What names an error on the wire. */
export interface WireErrorData {
  /** A name in `WIRE_ERRORS`, or a refusal's own. */
  readonly code: string;
  /** What an application's refusal added. */
  readonly detail?: unknown;
}
