import type { Protocol, ProtocolCodec } from "../protocol.ts";
import { JsonRpcCodec } from "./json-rpc-codec.ts";
import { JSON_RPC_SUBPROTOCOL } from "./messages.ts";
import { isReservedMethod } from "./reserved-methods.ts";

/** The default wire: JSON-RPC 2.0 over text frames, subprotocol `orderly.v1`; see `PROTOCOL.md`. */
export const jsonRpc: Protocol = {
  name: "JSON-RPC 2.0",
  subprotocols: [JSON_RPC_SUBPROTOCOL],
  unsubscribeProof: "frame",
  isReserved: isReservedMethod,
  createCodec: (): ProtocolCodec => new JsonRpcCodec(),
};
