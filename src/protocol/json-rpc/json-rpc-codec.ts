import type {
  InboundMessage,
  OperationResults,
  OperationType,
  PeerError,
  ProtocolCodec,
} from "../protocol.ts";
import { outcomeOfError, WIRE_ERRORS } from "./error-codes.ts";
import {
  type ByeParams,
  CLIENT_METHODS,
  SERVER_METHODS,
  type SubscribeItem,
  type WireError,
} from "./messages.ts";
import { readAnswer } from "./read-answer.ts";

type Fields = Readonly<Record<string, unknown>>;

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

  encodeRequest(id: number, method: string, params: unknown): string {
    return call(id, method, params);
  }

  encodeNotification(method: string, params: unknown): string {
    return params === undefined
      ? `{"jsonrpc":"2.0","method":${JSON.stringify(method)}}`
      : `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${JSON.stringify(toParams(params))}}`;
  }

  encodePing(id: number): string {
    return call(id, CLIENT_METHODS.ping, undefined);
  }

  encodeBye(id: number, seen: Required<ByeParams>): string {
    return call(id, CLIENT_METHODS.bye, seen);
  }

  encodeBarrier(id: number): string {
    return call(id, CLIENT_METHODS.ping, undefined);
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

  readResult<T extends OperationType>(
    type: T,
    result: unknown,
  ): { readonly value: OperationResults[T] } | undefined {
    return readAnswer(type, result);
  }
}

function call(id: number, method: string, params: unknown): string {
  const head = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}`;
  return params === undefined
    ? `${head}}`
    : `${head},"params":${JSON.stringify(toParams(params))}}`;
}

/** JSON-RPC wants an object or an array; a bare value travels as an array of one, and a server unpacks it. */
function toParams(params: unknown): unknown {
  return typeof params === "object" && params !== null ? params : [params];
}

function read(message: unknown): InboundMessage {
  if (!isFields(message) || message["jsonrpc"] !== "2.0")
    return invalid("a message that is not JSON-RPC 2.0");
  const method = message["method"];
  if (typeof method === "string") return readCall(method, message);
  const id = message["id"];
  if (typeof id !== "number") return readUnaddressed(message);
  if ("result" in message) return { type: "answer", id, result: message["result"] };
  const error = readError(message["error"]);
  return error === undefined
    ? invalid("an answer without result and error")
    : { type: "refusal", id, error };
}

function readCall(method: string, message: Fields): InboundMessage {
  const { params } = message as { params?: unknown };
  if (method === SERVER_METHODS.event) return readEvent(params);
  if (message["id"] !== undefined && message["id"] !== null) return refuseCall(message["id"]);
  switch (method) {
    case SERVER_METHODS.gap:
      return readGap(params);
    case SERVER_METHODS.closed:
      return readClosed(params);
    case SERVER_METHODS.goaway: {
      const deadlineMs = isFields(params) ? params["deadlineMs"] : undefined;
      return isCount(deadlineMs) ? { type: "goaway", deadlineMs } : invalid("a malformed goaway");
    }
    default:
      return { type: "notification", method, params };
  }
}

/** A session serves no methods; JSON-RPC wants that said. */
function refuseCall(id: unknown): InboundMessage {
  const error = {
    code: WIRE_ERRORS.METHOD_NOT_FOUND.number,
    message: "a session serves no methods",
  };
  return { type: "reply", text: JSON.stringify({ jsonrpc: "2.0", id, error }) };
}

function readEvent(params: unknown): InboundMessage {
  if (!isFields(params)) return invalid("an event without parameters");
  const { topic, seq, data, at, conflated } = params as Record<
    "topic" | "seq" | "data" | "at" | "conflated",
    unknown
  >;
  if (typeof topic !== "string" || !isCount(seq) || seq === 0)
    return invalid("an event without topic or seq");
  if (at === undefined && conflated === undefined) return { type: "event", topic, seq, data };
  return {
    type: "event",
    topic,
    seq,
    data,
    ...(typeof at === "number" ? { at } : undefined),
    ...(isCount(conflated) && conflated > 0 ? { conflated } : undefined),
  };
}

function readGap(params: unknown): InboundMessage {
  if (!isFields(params)) return invalid("a gap without parameters");
  const { topic, from, to } = params as Record<"topic" | "from" | "to", unknown>;
  if (typeof topic !== "string" || !isCount(from) || !(to === null || isCount(to)))
    return invalid("a malformed gap");
  return { type: "gap", topic, from, to };
}

function readClosed(params: unknown): InboundMessage {
  if (!isFields(params)) return invalid("a topic's end without parameters");
  const { topic, lastSeq, code } = params as Record<"topic" | "lastSeq" | "code", unknown>;
  if (typeof topic !== "string" || !isCount(lastSeq) || typeof code !== "string")
    return invalid("a malformed topic's end");
  return { type: "topicClosed", topic, lastSeq, code };
}

/** An error without an id answers something that the peer could not read: it belongs to no request. */
function readUnaddressed(message: Fields): InboundMessage {
  const error = readError(message["error"]);
  return invalid(
    error === undefined
      ? "an answer without an id"
      : `the peer could not read a message: ${error.code}`,
  );
}

function readError(error: unknown): PeerError | undefined {
  if (!isFields(error)) return undefined;
  const { code, message, data } = error as { [Key in keyof WireError]: unknown };
  if (typeof code !== "number") return undefined;
  const named = isFields(data) && typeof data["code"] === "string" ? data["code"] : String(code);
  const text = typeof message === "string" ? message : "";
  const outcome = outcomeOfError(code);
  const detail = isFields(data) ? data["detail"] : undefined;
  return {
    code: named,
    message: text,
    outcome,
    ...(detail === undefined ? undefined : { detail }),
  };
}

function invalid(reason: string): InboundMessage {
  return { type: "invalid", reason };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
