import type {
  AuthenticateResult,
  ByeParams,
  ByeResult,
  HelloResult,
  HistoryParams,
  HistoryResult,
  Idempotency,
  SubscribeItem,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "./json-rpc/messages.ts";

/** A session operation that the peer answers. */
export type OperationType =
  | "hello"
  | "authenticate"
  | "subscribe"
  | "unsubscribe"
  | "history"
  | "request"
  | "ping"
  | "bye";

/** Why the peer did not do what it was asked. */
export interface PeerError {
  /** Stable name: `error.data.code` of JSON-RPC, or the protocol's own. */
  readonly code: string;
  /** The peer's words, for people. */
  readonly message: string;
  /** `failed`: certainly no effect. `unknown`: it may have had one. */
  readonly outcome: "failed" | "unknown";
  /**
   * Whether the method itself said so, and not what stands before it: only then does it tell of every attempt of a
   * request that was sent more than once. Absent means no.
   */
  readonly byMethod?: boolean;
  /** What the peer added, if anything. */
  readonly detail?: unknown;
}

/** Result of an operation, by its type. */
export interface OperationResults {
  /** What the peer is. */
  readonly hello: HelloResult;
  /** Who the session acts for. */
  readonly authenticate: AuthenticateResult;
  /** One element for each topic. */
  readonly subscribe: readonly SubscribeItemResult[];
  /** One element for each topic. */
  readonly unsubscribe: readonly UnsubscribeItemResult[];
  /** What was published. */
  readonly history: HistoryResult;
  /** The method's result. */
  readonly request: unknown;
  /** Nothing. */
  readonly ping: undefined;
  /** What arrived. */
  readonly bye: ByeResult;
}

/** The peer answered an operation. */
export interface AnswerMessage {
  /** Tells the messages apart. */
  readonly type: "answer";
  /** The operation's id, as given to the encoder. */
  readonly id: number;
  /** As the peer sent it; {@link ProtocolCodec.readResult} checks it for the operation. */
  readonly result: unknown;
}

/** The peer refused an operation. */
export interface RefusalMessage {
  /** Tells the messages apart. */
  readonly type: "refusal";
  /** The operation's id, as given to the encoder. */
  readonly id: number;
  /** Why. */
  readonly error: PeerError;
}

/** The peer published an event. */
export interface EventMessage {
  /** Tells the messages apart. */
  readonly type: "event";
  /** The topic's name. */
  readonly topic: string;
  /** Number of the event on the topic. */
  readonly seq: number;
  /** What was published. */
  readonly data: unknown;
  /** When it was published, milliseconds since 1970 UTC, where the peer says so. */
  readonly at?: number;
  /** How many events it stands for; absent means 1. */
  readonly conflated?: number;
}

/** The peer says that events will not come. */
export interface GapMessage {
  /** Tells the messages apart. */
  readonly type: "gap";
  /** The topic's name. */
  readonly topic: string;
  /** Number of the first missing event. */
  readonly from: number;
  /** Number of the last missing event, or null where nobody can say, because the numbers begin anew. */
  readonly to: number | null;
  /** Names the new numbering, where `to` is null and the peer says so. */
  readonly epoch?: string;
}

/** The peer ended a subscription. */
export interface TopicClosedMessage {
  /** Tells the messages apart. */
  readonly type: "topicClosed";
  /** The topic's name. */
  readonly topic: string;
  /** Number of the last event before the end. */
  readonly lastSeq: number;
  /** Why. */
  readonly code: string;
}

/** The peer goes away. */
export interface GoawayMessage {
  /** Tells the messages apart. */
  readonly type: "goaway";
  /** Milliseconds after which it closes anyway. */
  readonly deadlineMs: number;
}

/** The peer sent something outside any topic. */
export interface NotificationMessage {
  /** Tells the messages apart. */
  readonly type: "notification";
  /** Its name. */
  readonly method: string;
  /** What it carries. */
  readonly params: unknown;
}

/** The protocol wants a text sent back at once, such as a keep-alive of the peer's. */
export interface ReplyMessage {
  /** Tells the messages apart. */
  readonly type: "reply";
  /** What to send. */
  readonly text: string;
}

/** What arrived makes no sense in this protocol; the session reports it and goes on. */
export interface InvalidMessage {
  /** Tells the messages apart. */
  readonly type: "invalid";
  /** What is wrong with it; never its content. */
  readonly reason: string;
}

/** What a peer can say, in the session's words. */
export type InboundMessage =
  | AnswerMessage
  | RefusalMessage
  | EventMessage
  | GapMessage
  | TopicClosedMessage
  | GoawayMessage
  | NotificationMessage
  | ReplyMessage
  | InvalidMessage;

/** A result that has the shape which its operation must return. */
export interface CheckedResult<Type extends OperationType> {
  /** The result. */
  readonly value: OperationResults[Type];
}

/**
 * Turns session operations into one wire format and back, for the life of one connection.
 *
 * Pure: no clock, no socket. An `encode` method that returns null says that the protocol has no such
 * message. Ids are integers from 1 up, unique on the connection; a protocol without ids on the
 * wire remembers here what it needs to find them again.
 */
export interface ProtocolCodec {
  /** Introduces the session by its secret. */
  encodeHello(id: number, sessionSecret: string): string | null;
  /** Presents credentials, at the start or to refresh them. */
  encodeAuthenticate(id: number, token: string): string | null;
  /** Subscribes to topics in one message. */
  encodeSubscribe(id: number, items: readonly SubscribeItem[]): string;
  /** Unsubscribes from topics in one message. */
  encodeUnsubscribe(id: number, topics: readonly string[]): string;
  /**
   * Reads what was published on a topic, without subscribing. Left out by a protocol that cannot, and cannot resume a
   * topic where it was left either.
   */
  encodeHistory?(id: number, params: HistoryParams): string;
  /**
   * Calls a method of the peer's.
   *
   * @param idempotency - Marks the attempt of a request that has a key; a protocol without keys ignores it.
   * @throws TypeError when `params` cannot be encoded (a cycle, a BigInt).
   */
  encodeRequest(id: number, method: string, params: unknown, idempotency?: Idempotency): string;
  /**
   * Notifies the peer, without an answer.
   *
   * @throws TypeError when `params` cannot be encoded.
   */
  encodeNotification(method: string, params: unknown): string;
  /** Asks for a sign of life. */
  encodePing(id: number): string | null;
  /** Says that nothing more will come, and what was seen. */
  encodeBye(id: number, seen: Required<ByeParams>): string | null;
  /**
   * Encodes a request that the peer answers in order and that changes nothing: proof that it has
   * read what was sent before. Needed where {@link Protocol.unsubscribeProof} is `barrier`.
   */
  encodeBarrier(id: number): string | null;
  /**
   * Takes one message off the wire. Never throws: garbage is an `invalid` message.
   *
   * @param data - A whole message; text as a string, binary as bytes.
   * @param deliver - Called once per message that was in it, in order.
   */
  decode(data: string | Uint8Array, deliver: (message: InboundMessage) => void): void;
  /**
   * Checks an answer's result against what its operation must return.
   *
   * @returns The result, or undefined where the peer's answer has the wrong shape.
   */
  readResult<T extends OperationType>(type: T, result: unknown): CheckedResult<T> | undefined;
}

/** One wire format. `createCodec` is called for every connection. */
export interface Protocol {
  /** Names the protocol in errors and traces. */
  readonly name: string;
  /** WebSocket subprotocols to offer. */
  readonly subprotocols: readonly string[];
  /**
   * How an unsubscribe is proved: by its own answer (`frame`), or by the answer to a later request
   * of the same order domain (`barrier`).
   */
  readonly unsubscribeProof: "frame" | "barrier";
  /**
   * Tells whether a method's name is the protocol's own: an application's request or notification of that name is
   * refused. Left out by a protocol whose own messages have no names that a method could have.
   */
  isReserved?(method: string): boolean;
  /** Makes the codec of a new connection. */
  createCodec(): ProtocolCodec;
}
