import type {
  CheckedResult,
  InboundMessage,
  OperationType,
  PeerError,
  ProtocolCodec,
} from "../protocol.ts";
import { outcomeOfError } from "./error-outcome.ts";
import {
  type ByeParams,
  CLIENT_METHODS,
  type HistoryParams,
  type Idempotency,
  SERVER_METHODS,
  type SubscribeItem,
} from "./messages.ts";
import { fromParams, toParams } from "./params.ts";
import { readAnswer } from "./read-answer.ts";
import { type Fields, isCount, isFields, isText, readShape } from "./shape.ts";

/** JSON-RPC 2.0 §5.1. */
const METHOD_NOT_FOUND = -32_601;
/** PROTOCOL.md, W-9. */
const REFUSED = -32_000;

/** Speaks `orderly.v1` for a client. Keeps no state: JSON-RPC's ids are the session's own. */
export class JsonRpcCodec implements ProtocolCodec {
  encodeHello(id: number, sessionSecret: string): string {
    return call(id, CLIENT_METHODS.hello, { session: sessionSecret });
  }

  encodeAuthenticate(id: number, token: string): string {
    return call(id, CLIENT_METHODS.authenticate, { token });
  }

  encodeSubscribe(id: number, items: readonly SubscribeItem[]): string {
    return call(id, CLIENT_METHODS.subscribe, { topics: items });
  }

  encodeUnsubscribe(id: number, topics: readonly string[]): string {
    return call(id, CLIENT_METHODS.unsubscribe, { topics });
  }

  encodeHistory(id: number, params: HistoryParams): string {
    return call(id, CLIENT_METHODS.history, params);
  }

  encodeRequest(id: number, method: string, params: unknown, idempotency?: Idempotency): string {
    return call(id, method, params, idempotency);
  }

  encodeNotification(method: string, params: unknown): string {
    return call(undefined, method, params);
  }

  encodePing(id: number): string {
    return call(id, CLIENT_METHODS.ping);
  }

  encodeBye(id: number, seen: Required<ByeParams>): string {
    return call(id, CLIENT_METHODS.bye, seen);
  }

  encodeBarrier(id: number): string {
    return call(id, CLIENT_METHODS.ping);
  }

  decode(data: string | Uint8Array, deliver: (message: InboundMessage) => void): void {
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
    if (!Array.isArray(parsed)) deliver(read(parsed));
    else for (const element of parsed) deliver(read(element));
  }

  readResult<T extends OperationType>(type: T, result: unknown): CheckedResult<T> | undefined {
    return readAnswer(type, result);
  }
}

function call(
  id: number | undefined,
  method: string,
  params?: unknown,
  idempotency?: Idempotency,
): string {
  // JSON leaves out what is undefined: a notification has no id, a call without parameters no params.
  return JSON.stringify({ jsonrpc: "2.0", id, method, params: toParams(params), idempotency });
}

function read(message: unknown): InboundMessage {
  if (!isFields(message) || message["jsonrpc"] !== "2.0")
    return invalid("a message that is not JSON-RPC 2.0");
  const method = message["method"];
  if (isText(method)) return readCall(method, message);
  const id = message["id"];
  const error = readError(message["error"]);
  if (typeof id !== "number") {
    // It answers something that the peer could not read: it belongs to no request.
    return invalid(
      error === undefined
        ? "an answer without an id"
        : `the peer could not read a message: ${error.code}`,
    );
  }
  if ("result" in message) return { type: "answer", id, result: message["result"] };
  if (error === undefined) return invalid("an answer without result and error");
  return { type: "refusal", id, error };
}

function readCall(method: string, message: Fields): InboundMessage {
  const { params, id } = message as { readonly params?: unknown; readonly id?: unknown };
  if (method === SERVER_METHODS.event) return readEvent(params) ?? invalid("a malformed event");
  if (id !== undefined && id !== null) return refuseCall(id);
  switch (method) {
    case SERVER_METHODS.gap: {
      const gap = readShape(params, { topic: isText, from: isCount, to: isCountOrNull });
      return gap === undefined ? invalid("a malformed gap") : { type: "gap", ...gap };
    }
    case SERVER_METHODS.closed: {
      const end = readShape(params, { topic: isText, lastSeq: isCount, code: isText });
      return end === undefined
        ? invalid("a malformed topic's end")
        : { type: "topicClosed", ...end };
    }
    case SERVER_METHODS.goaway: {
      const goaway = readShape(params, { deadlineMs: isCount });
      return goaway === undefined ? invalid("a malformed goaway") : { type: "goaway", ...goaway };
    }
    default:
      return { type: "notification", method, params: fromParams(params) };
  }
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
  const { code: name, detail } = (isFields(data) ? data : {}) as Record<"code" | "detail", unknown>;
  return {
    code: isText(name) ? name : String(code),
    message: isText(message) ? message : "",
    outcome: outcomeOfError(code),
    ...(code === REFUSED ? { byMethod: true } : undefined),
    ...(detail === undefined ? undefined : { detail }),
  };
}

function isCountOrNull(value: unknown): value is number | null {
  return value === null || isCount(value);
}

function invalid(reason: string): InboundMessage {
  return { type: "invalid", reason };
}
