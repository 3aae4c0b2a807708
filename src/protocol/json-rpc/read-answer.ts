import type { OperationResults, OperationType } from "../protocol.ts";
import type {
  AuthenticateResult,
  ByeResult,
  HelloResult,
  SubscribeItemResult,
  UnsubscribeItemResult,
} from "./messages.ts";

type Fields = Readonly<Record<string, unknown>>;

const READERS: {
  readonly [Type in OperationType]: (result: unknown) => OperationResults[Type] | undefined;
} = {
  hello: readHello,
  authenticate: readAuthenticate,
  subscribe: (result) => readItems(result, readSubscribeItem),
  unsubscribe: (result) => readItems(result, readUnsubscribeItem),
  request: (result) => result,
  ping: () => undefined,
  bye: readBye,
};

/** Operations whose result may be anything, nothing included. */
const ANYTHING: ReadonlySet<OperationType> = new Set<OperationType>(["request", "ping"]);

/**
 * Checks an answer's result against `PROTOCOL.md`.
 *
 * @returns The result, or undefined where its shape is impossible.
 */
export function readAnswer<Type extends OperationType>(
  type: Type,
  result: unknown,
): { readonly value: OperationResults[Type] } | undefined {
  const value = READERS[type](result) as OperationResults[Type] | undefined;
  if (value === undefined && !ANYTHING.has(type)) return undefined;
  return { value: value as OperationResults[Type] };
}

function readHello(result: unknown): HelloResult | undefined {
  if (!isFields(result)) return undefined;
  const { protocol, dedupEpoch, dedupWindowMs } = result as Record<keyof HelloResult, unknown>;
  if (typeof protocol !== "string" || typeof dedupEpoch !== "string" || !isCount(dedupWindowMs))
    return undefined;
  return { protocol, dedupEpoch, dedupWindowMs };
}

function readAuthenticate(result: unknown): AuthenticateResult | undefined {
  if (!isFields(result)) return undefined;
  const { userId, expiresInMs } = result as Record<keyof AuthenticateResult, unknown>;
  if (typeof userId !== "string") return undefined;
  if (expiresInMs !== null && !(typeof expiresInMs === "number" && expiresInMs >= 0))
    return undefined;
  return { userId, expiresInMs };
}

function readBye(result: unknown): ByeResult | undefined {
  if (!isFields(result) || !isCount(result["notifications"])) return undefined;
  return { notifications: result["notifications"] };
}

function readItems<Item>(
  result: unknown,
  readItem: (item: Fields) => Item | undefined,
): readonly Item[] | undefined {
  if (!isFields(result) || !Array.isArray(result["topics"])) return undefined;
  const items: Item[] = [];
  for (const element of result["topics"] as unknown[]) {
    const item =
      isFields(element) && typeof element["topic"] === "string" ? readItem(element) : undefined;
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function readSubscribeItem(item: Fields): SubscribeItemResult | undefined {
  const { topic, epoch, seq, recovered, code, message } = item as Record<string, unknown>;
  if (typeof code === "string") {
    return {
      topic: topic as string,
      code,
      ...(typeof message === "string" ? { message } : undefined),
    };
  }
  if (typeof epoch !== "string" || !isCount(seq)) return undefined;
  return { topic: topic as string, epoch, seq, recovered: recovered === true };
}

function readUnsubscribeItem(item: Fields): UnsubscribeItemResult | undefined {
  const { topic, lastSeq, code } = item as Record<string, unknown>;
  // Whatever the reason, a topic that is not subscribed is what was asked for.
  if (typeof code === "string") return { topic: topic as string, code: "NOT_SUBSCRIBED" };
  return isCount(lastSeq) ? { topic: topic as string, lastSeq } : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
