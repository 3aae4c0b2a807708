import type { OperationResults, OperationType } from "../protocol.ts";
import type { HistoryEvent, SubscribeItemResult, UnsubscribeItemResult } from "./messages.ts";
import { type Fields, isCount, isFields, isText, readShape } from "./shape.ts";

const READERS: {
  readonly [Type in Exclude<OperationType, "request" | "ping">]: (
    result: unknown,
  ) => OperationResults[Type] | undefined;
} = {
  hello: (result) => {
    const hello = readShape(result, {
      protocol: isText,
      dedupEpoch: isText,
      dedupWindowMs: isCount,
    });
    // A foreign server need not pace those who come back.
    const { resumeWithinMs } = Object(result) as { resumeWithinMs?: unknown };
    return hello && { ...hello, resumeWithinMs: isCount(resumeWithinMs) ? resumeWithinMs : 0 };
  },
  authenticate: (result) => readShape(result, { userId: isText, expiresInMs: isLife }),
  subscribe: (result) => readItems(result, readSubscribeItem),
  unsubscribe: (result) => readItems(result, readUnsubscribeItem),
  history: (result) =>
    readShape(result, {
      topic: isText,
      epoch: isText,
      seq: isCount,
      recovered: isFlag,
      events: isEvents,
      more: isFlag,
    }),
  bye: (result) => {
    const bye = readShape(result, { notifications: isCount });
    const { lastSeq } = Object(result) as { lastSeq?: unknown };
    return bye && isSeqs(lastSeq) ? { ...bye, lastSeq } : bye;
  },
};

/**
 * Checks an answer's result against `PROTOCOL.md`.
 *
 * @returns The result, or undefined where its shape is impossible.
 */
export function readAnswer<Type extends OperationType>(
  type: Type,
  result: unknown,
): { readonly value: OperationResults[Type] } | undefined {
  // The answer to a ping may hold anything, and means nothing but that it came.
  if (type === "ping") return { value: undefined as OperationResults[Type] };
  if (type === "request") return { value: result as OperationResults[Type] };
  const value = READERS[type as keyof typeof READERS](result);
  return value && { value: value as OperationResults[Type] };
}

/** Reads the answers of a list of topics: all of them, or nothing where one is malformed. */
function readItems<Item>(
  result: unknown,
  readItem: (item: Fields) => Item | undefined,
): readonly Item[] | undefined {
  const topics = isFields(result) ? result["topics"] : undefined;
  if (!Array.isArray(topics)) return undefined;
  const items = topics.map((item: unknown) => (isFields(item) ? readItem(item) : undefined));
  return items.includes(undefined) ? undefined : (items as Item[]);
}

function readSubscribeItem(item: Fields): SubscribeItemResult | undefined {
  const refusal = readShape(item, { topic: isText, code: isText });
  if (refusal === undefined) {
    const granted = readShape(item, { topic: isText, epoch: isText, seq: isCount });
    return granted && { ...granted, recovered: item["recovered"] === true };
  }
  const message = item["message"];
  return isText(message) ? { ...refusal, message } : refusal;
}

function readUnsubscribeItem(item: Fields): UnsubscribeItemResult | undefined {
  const refusal = readShape(item, { topic: isText, code: isText });
  // Whatever the reason, a topic that is not subscribed is what was asked for.
  if (refusal !== undefined) return { topic: refusal.topic, code: "NOT_SUBSCRIBED" };
  return readShape(item, { topic: isText, lastSeq: isCount });
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
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

/** Tells numbers by topic. */
function isSeqs(value: unknown): value is Readonly<Record<string, number>> {
  return isFields(value) && Object.values(value).every(isCount);
}

/** Tells how long credentials live: milliseconds, or null for ever. */
function isLife(value: unknown): value is number | null {
  return value === null || (typeof value === "number" && value >= 0);
}
