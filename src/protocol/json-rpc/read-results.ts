import type {
  AuthenticateResult,
  ByeResult,
  HelloResult,
  HistoryEvent,
  HistoryResult,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "./messages.ts";
import { type Fields, isCount, isFields, isFlag, isText, readShape } from "./shape.ts";

// Each checks a result against `PROTOCOL.md`, and returns undefined where its shape is impossible.

/** Reads the answer to a hello. */
export function readHello(result: unknown): HelloResult | undefined {
  const hello = readShape(result, {
    protocol: isText,
    dedupEpoch: isText,
    dedupWindowMs: isCount,
  });
  // A foreign server need not pace those who come back.
  const { resumeWithinMs } = Object(result) as { resumeWithinMs?: unknown };
  return hello && { ...hello, resumeWithinMs: isCount(resumeWithinMs) ? resumeWithinMs : 0 };
}

/** Reads the answer to credentials. */
export function readAuthenticated(result: unknown): AuthenticateResult | undefined {
  return readShape(result, { userId: isText, expiresInMs: isLife });
}

/** Reads the answer to a subscribe. */
export function readSubscribed(result: unknown): readonly SubscribeItemResult[] | undefined {
  return readItems(result, readSubscribeItem);
}

/** Reads the answer to an unsubscribe. */
export function readUnsubscribed(result: unknown): readonly UnsubscribeItemResult[] | undefined {
  return readItems(result, readUnsubscribeItem);
}

/** Reads the answer to a bye. */
export function readBye(result: unknown): ByeResult | undefined {
  const { lastSeq } = Object(result) as { lastSeq?: unknown };
  const bye = readShape(result, { notifications: isCount });
  return bye && isSeqs(lastSeq) ? { ...bye, lastSeq } : bye;
}

/** Reads the answer to a `topic.history`. */
export function readHistory(result: unknown): HistoryResult | undefined {
  return readShape(result, {
    topic: isText,
    epoch: isText,
    seq: isCount,
    recovered: isFlag,
    events: isEvents,
    more: isFlag,
  });
}

/** Reads the answers of a list of topics: all of them, or nothing where one is malformed. */
function readItems<Item>(
  result: unknown,
  readItem: (item: unknown) => Item | undefined,
): readonly Item[] | undefined {
  const { topics } = Object(result) as { readonly topics?: unknown };
  if (!Array.isArray(topics)) return undefined;
  const items = topics.map(readItem);
  return items.includes(undefined) ? undefined : (items as Item[]);
}

function readSubscribeItem(item: unknown): SubscribeItemResult | undefined {
  const refusal = readShape(item, { topic: isText, code: isText });
  const { message, recovered } = Object(item) as Fields;
  if (refusal !== undefined) return isText(message) ? { ...refusal, message } : refusal;
  const granted = readShape(item, { topic: isText, epoch: isText, seq: isCount });
  return granted && { ...granted, recovered: recovered === true };
}

function readUnsubscribeItem(item: unknown): UnsubscribeItemResult | undefined {
  const refusal = readShape(item, { topic: isText, code: isText });
  // Whatever the reason, a topic that is not subscribed is what was asked for.
  if (refusal !== undefined) return { topic: refusal.topic, code: "NOT_SUBSCRIBED" };
  return readShape(item, { topic: isText, lastSeq: isCount });
}

/** Tells numbers by topic. */
function isSeqs(value: unknown): value is Readonly<Record<string, number>> {
  return isFields(value) && Object.values(value).every(isCount);
}

/** Tells how long credentials live: milliseconds, or null for ever. */
function isLife(value: unknown): value is number | null {
  return value === null || (typeof value === "number" && value >= 0);
}

/** Tells events in the order of their numbers. */
function isEvents(value: unknown): value is readonly HistoryEvent[] {
  if (!Array.isArray(value)) return false;
  let last = 0;
  return value.every((event: unknown) => {
    const seq = isFields(event) ? event["seq"] : undefined;
    const isNext = isCount(seq) && seq > last;
    if (isNext) last = seq;
    return isNext;
  });
}
