import { JsonRpcCodec } from "../../../src/protocol/json-rpc/json-rpc-codec.ts";
import { jsonRpc } from "../../../src/protocol/json-rpc/json-rpc-protocol.ts";
import type { Protocol } from "../../../src/protocol/protocol.ts";

/** A wire on which nothing that was missed can be had again, as those of foreign feeds are. */
export const withoutHistory: Protocol = {
  ...jsonRpc,
  createCodec: () => Object.assign(new JsonRpcCodec(), { encodeHistory: undefined }) as never,
};
