/** One event of a topic, as handlers get it. */
export interface TopicEvent<Data = unknown, Topic extends string = string> {
  /** The topic's name. */
  readonly topic: Topic;
  /** Its number on the topic: 1, 2, 3 … since the topic's epoch began. */
  readonly seq: number;
  /** What was published. */
  readonly data: Data;
  /** When it was published, milliseconds since 1970 UTC by the server's clock; only where latency is measured. */
  readonly at?: number;
  /** How many events this one stands for; absent means 1. */
  readonly conflated?: number;
}

/** Events that were published and that this subscription does not get. */
export interface TopicGap<Topic extends string = string> {
  /** The topic's name. */
  readonly topic: Topic;
  /** Number of the first missing event. */
  readonly from: number;
  /** Number of the last missing event, or null where the topic's history was lost and nobody can say. */
  readonly to: number | null;
}

/** The peer ended the subscription to a topic. */
export interface TopicClosed<Topic extends string = string> {
  /** The topic's name. */
  readonly topic: Topic;
  /** Number of the last event before the end. */
  readonly lastSeq: number;
  /** Why: `REVOKED`, `EXPIRED`, `DELETED`, `FAILED`, the code of a final refusal to resume it, or `NEVER_WRITTEN` where `connect()` gave up before it. */
  readonly code: string;
}
