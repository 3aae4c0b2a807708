export { CLOSE_CODES, type CloseCodeName } from "./close-codes.ts";
export { WIRE_ERRORS, type WireErrorCode } from "./json-rpc/error-codes.ts";
export { JsonRpcCodec } from "./json-rpc/json-rpc-codec.ts";
export { jsonRpc } from "./json-rpc/json-rpc-protocol.ts";
export {
  type AuthenticateParams,
  type AuthenticateResult,
  type ByeParams,
  type ByeResult,
  CLIENT_METHODS,
  type DeliveryPolicy,
  type EventParams,
  type GapParams,
  type GoawayParams,
  type HelloParams,
  type HelloResult,
  JSON_RPC_SUBPROTOCOL,
  type Position,
  type RequestId,
  SERVER_METHODS,
  type Since,
  type SubscribeItem,
  type SubscribeItemResult,
  type SubscribeParams,
  type SubscribeResult,
  type TopicClosedParams,
  type UnsubscribeItemResult,
  type UnsubscribeParams,
  type UnsubscribeResult,
  type WireError,
} from "./json-rpc/messages.ts";
export type {
  InboundMessage,
  OperationResults,
  OperationType,
  PeerError,
  Protocol,
  ProtocolCodec,
} from "./protocol.ts";
