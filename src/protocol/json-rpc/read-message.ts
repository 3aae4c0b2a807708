import type { InboundMessage, PeerError } from "../protocol.ts";
import { outcomeOfError } from "./error-outcome.ts";
import { SERVER_METHODS } from "./messages.ts";
import { fromParams } from "./params.ts";
import { type Check, type Fields, isCount, isFields, isText, readShape } from "./shape.ts";

/** JSON-RPC 2.0 §5.1. */
const METHOD_NOT_FOUND = -32_601;
/** PROTOCOL.md, W-9. */
const REFUSED = -32_000;

/** What a server sends of its own accord, outside events: the message that it becomes, and the shape of its params. */
const CALLS: ReadonlyMap<
  string,
  readonly [type: string, checks: Readonly<Record<string, Check<unknown>>>]
> = new Map([
  [
    SERVER_METHODS.gap,
    ["gap", { topic: isText, from: isCount, to: isCountOrNull, epoch: isTextOrAbsent }],
  ],
  [SERVER_METHODS.closed, ["topicClosed", { topic: isText, lastSeq: isCount, code: isText }]],
  [SERVER_METHODS.goaway, ["goaway", { deadlineMs: isCount }]],
]);

/**
 * Takes one message of a server's off the wire. Never throws: garbage is an `invalid` message.
 *
 * @param data - A whole message; text as a string, binary as bytes.
 * @param deliver - Called once per message that was in it, in order.
 */
export function readMessage(
  data: string | Uint8Array,
  deliver: (message: InboundMessage) => void,
): void {
  if (typeof data !== "string") {
    deliver(invalid("a binary message"));
    return;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    deliver(invalid("a message that is not JSON"));
    return;
  }
  if (Array.isArray(parsed)) for (const message of parsed) deliver(read(message));
  else deliver(read(parsed));
}

function read(message: unknown): InboundMessage {
  if (!isFields(message) || message["jsonrpc"] !== "2.0")
    return invalid("a message that is not JSON-RPC 2.0");
  const { method, id } = message as { readonly method?: unknown; readonly id?: unknown };
  if (isText(method)) return readCall(method, message);
  const error = readError(message["error"]);
  // It answers something that the peer could not read: it belongs to no request.
  if (typeof id !== "number")
    return invalid(`an answer without an id: ${error?.code ?? "no error"}`);
  if ("result" in message) return { type: "answer", id, result: message["result"] };
  if (error === undefined) return invalid("an answer without result and error");
  return { type: "refusal", id, error };
}

function readCall(method: string, message: Fields): InboundMessage {
  const { params, id } = message as { readonly params?: unknown; readonly id?: unknown };
  if (method === SERVER_METHODS.event) return readEvent(params) ?? invalid("a malformed event");
  if (id !== undefined && id !== null) return refuseCall(id);
  const [type, checks] = CALLS.get(method) ?? [];
  if (checks === undefined) return { type: "notification", method, params: fromParams(params) };
  const shape = readShape(params, checks);
  return shape === undefined
    ? invalid(`a malformed ${type}`)
    : ({ type, ...shape } as unknown as InboundMessage);
}

/** A session serves no methods; JSON-RPC wants that said. */
function refuseCall(id: unknown): InboundMessage {
  const error = { code: METHOD_NOT_FOUND, message: "a session serves no methods" };
  return { type: "reply", text: JSON.stringify({ jsonrpc: "2.0", id, error }) };
}

/** By hand, not by its shape: nearly every message is one of these. */
function readEvent(params: unknown): InboundMessage | undefined {
  if (!isFields(params)) return undefined;
  const { topic, seq, data, at, conflated } = params as Record<
    "topic" | "seq" | "data" | "at" | "conflated",
    unknown
  >;
  if (!isText(topic) || !isCount(seq) || seq === 0) return undefined;
  return {
    type: "event",
    topic,
    seq,
    data,
    ...(typeof at === "number" ? { at } : undefined),
    ...(isCount(conflated) && conflated > 0 ? { conflated } : undefined),
  };
}

function readError(error: unknown): PeerError | undefined {
  if (!isFields(error)) return undefined;
  const { code, message, data } = error as Record<"code" | "message" | "data", unknown>;
  if (typeof code !== "number") return undefined;
  const { code: name, detail } = Object(data) as { readonly [name: string]: unknown };
  return {
    code: isText(name) ? name : String(code),
    message: isText(message) ? message : "",
    outcome: outcomeOfError(code),
    ...(code === REFUSED ? { byMethod: true } : undefined),
    ...(detail === undefined ? undefined : { detail }),
  };
}

function isTextOrAbsent(value: unknown = ""): value is string | undefined {
  return isText(value);
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function invalid(reason: string): InboundMessage {
  return { type: "invalid", reason };
}
