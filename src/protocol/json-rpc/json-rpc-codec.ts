import type {
  CheckedResult,
  InboundMessage,
  OperationResults,
  OperationType,
  ProtocolCodec,
} from "../protocol.ts";
import { encodeCall } from "./encode-call.ts";
import {
  type ByeParams,
  CLIENT_METHODS,
  type HistoryParams,
  type Idempotency,
  type SubscribeItem,
} from "./messages.ts";
import { readMessage } from "./read-message.ts";
import {
  readAuthenticated,
  readBye,
  readHello,
  readHistory,
  readSubscribed,
  readUnsubscribed,
} from "./read-results.ts";

/** Checks results by the operation's type. What is not here may be anything. */
const READERS: {
  readonly [Type in OperationType]?: (result: unknown) => OperationResults[Type] | undefined;
} = {
  hello: readHello,
  authenticate: readAuthenticated,
  subscribe: readSubscribed,
  unsubscribe: readUnsubscribed,
  history: readHistory,
  bye: readBye,
};

/** Speaks `orderly.v1` for a client. Keeps no state: JSON-RPC's ids are the session's own. */
export class JsonRpcCodec implements ProtocolCodec {
  encodeHello(id: number, sessionSecret: string): string {
    return encodeCall(id, CLIENT_METHODS.hello, { session: sessionSecret });
  }

  encodeAuthenticate(id: number, token: string): string {
    return encodeCall(id, CLIENT_METHODS.authenticate, { token });
  }

  encodeSubscribe(id: number, items: readonly SubscribeItem[]): string {
    return encodeCall(id, CLIENT_METHODS.subscribe, { topics: items });
  }

  encodeUnsubscribe(id: number, topics: readonly string[]): string {
    return encodeCall(id, CLIENT_METHODS.unsubscribe, { topics });
  }

  encodeHistory(id: number, params: HistoryParams): string {
    return encodeCall(id, CLIENT_METHODS.history, params);
  }

  encodeRequest(id: number, method: string, params: unknown, idempotency?: Idempotency): string {
    return encodeCall(id, method, params, idempotency);
  }

  encodeNotification(method: string, params: unknown): string {
    return encodeCall(undefined, method, params);
  }

  encodePing(id: number): string {
    return encodeCall(id, CLIENT_METHODS.ping);
  }

  encodeBye(id: number, seen: Required<ByeParams>): string {
    return encodeCall(id, CLIENT_METHODS.bye, seen);
  }

  encodeBarrier(id: number): string {
    return encodeCall(id, CLIENT_METHODS.ping);
  }

  decode(data: string | Uint8Array, deliver: (message: InboundMessage) => void): void {
    readMessage(data, deliver);
  }

  readResult<T extends OperationType>(type: T, result: unknown): CheckedResult<T> | undefined {
    const reader = READERS[type];
    // The answer to a ping may hold anything, and means nothing but that it came.
    if (reader === undefined) return { value: result as OperationResults[T] };
    const value = reader(result);
    return value && { value };
  }
}
