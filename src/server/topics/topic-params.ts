import type {
  DeliveryPolicy,
  HistoryParams,
  Since,
  SubscribeItem,
} from "../../protocol/json-rpc/messages.ts";

/** Topics of one request at most. */
const MAX_TOPICS_PER_REQUEST = 1_000;

/** Events of one answer to `topic.history` at most. */
export const MAX_HISTORY_EVENTS = 1_000;

const SINCE_FAULT = "since must be {epoch, seq} or {last}, with integers from 0 up";

/** Longest interval of `sample`: a day. */
const MAX_INTERVAL_MS = 86_400_000;

/** Events that `drop-oldest` holds at most. */
const MAX_HELD_EVENTS = 1_000_000;

/** Longest name of the member that is the key of `latest`, in UTF-16 code units. */
const MAX_KEY_LENGTH = 128;

/**
 * Reads the parameters of `topic.subscribe`. The topics' names are judged one by one later.
 *
 * @returns The items, or what is wrong with the first that has another shape.
 */
export function readSubscribeParams(params: unknown): readonly SubscribeItem[] | string {
  const topics = readTopics(params);
  if (typeof topics === "string") return topics;
  for (const [index, item] of topics.entries()) {
    const fault = subscribeItemFault(item);
    if (fault !== null) return `topics[${index}]: ${fault}`;
  }
  return topics as readonly SubscribeItem[];
}

/** Reads the parameters of `topic.unsubscribe`. */
export function readUnsubscribeParams(params: unknown): readonly string[] | string {
  const topics = readTopics(params);
  if (typeof topics === "string") return topics;
  const wrong = topics.findIndex((topic) => typeof topic !== "string");
  if (wrong >= 0) return `topics[${wrong}] must be a string`;
  return topics as readonly string[];
}

/** Reads the parameters of `topic.history`. The topic's name is judged later. */
export function readHistoryParams(params: unknown): HistoryParams | string {
  if (typeof params !== "object" || params === null) return "params must be an object";
  const { topic, since, limit } = params as Record<keyof HistoryParams, unknown>;
  if (typeof topic !== "string") return "topic must be a string";
  if (!isSince(since)) return SINCE_FAULT;
  if (limit === undefined) return { topic, since };
  if (isCount(limit) && limit >= 1 && limit <= MAX_HISTORY_EVENTS) return { topic, since, limit };
  return `limit must be an integer from 1 to ${MAX_HISTORY_EVENTS}`;
}

function readTopics(params: unknown): readonly unknown[] | string {
  const topics = (params as { topics?: unknown } | null | undefined)?.topics;
  if (!Array.isArray(topics)) return "topics must be an array";
  if (topics.length === 0 || topics.length > MAX_TOPICS_PER_REQUEST) {
    return `topics must have 1 to ${MAX_TOPICS_PER_REQUEST} elements, got ${topics.length}`;
  }
  return topics;
}

function subscribeItemFault(item: unknown): string | null {
  if (typeof item !== "object" || item === null) return "must be an object";
  const { topic, since, delivery } = item as Record<keyof SubscribeItem, unknown>;
  if (typeof topic !== "string") return "topic must be a string";
  if (since !== undefined && !isSince(since)) {
    return SINCE_FAULT;
  }
  if (delivery !== undefined && !isDeliveryPolicy(delivery)) {
    return "delivery must be reliable, latest, sample or drop-oldest, with its parameter";
  }
  return null;
}

function isSince(value: unknown): value is Since {
  if (typeof value !== "object" || value === null) return false;
  const { epoch, seq, last } = value as Record<string, unknown>;
  if (last !== undefined) return isCount(last) && epoch === undefined && seq === undefined;
  return typeof epoch === "string" && isCount(seq);
}

function isDeliveryPolicy(value: unknown): value is DeliveryPolicy {
  if (typeof value !== "object" || value === null) return false;
  const { type, key, intervalMs, maxEvents } = value as Record<string, unknown>;
  switch (type) {
    case "reliable":
      return true;
    case "latest":
      return key === undefined || isKey(key);
    case "sample":
      return typeof intervalMs === "number" && intervalMs > 0 && intervalMs <= MAX_INTERVAL_MS;
    case "drop-oldest":
      return isCount(maxEvents) && maxEvents > 0 && maxEvents <= MAX_HELD_EVENTS;
    default:
      return false;
  }
}

function isKey(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_KEY_LENGTH;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
