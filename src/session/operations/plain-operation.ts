import type { ProtocolCodec } from "../../protocol/protocol.ts";
import { Operation, type OperationEnding } from "./operation.ts";

/**
 * Something that the session says on its own account, without a token: hello, ping, bye, and notifications. A close
 * does not wait for its answer.
 */
export class PlainOperation extends Operation {
  readonly type: Operation["type"];
  readonly encode: (codec: ProtocolCodec, id: number) => string | null;
  readonly complete: (ending: OperationEnding) => void;

  /**
   * @param encode - Returns its message, or null where the protocol has none.
   * @param onEnd - Takes its end; left out where the answer tells nothing.
   */
  constructor(
    type: Operation["type"],
    encode: (codec: ProtocolCodec, id: number) => string | null,
    onEnd: (ending: OperationEnding) => void = () => {},
  ) {
    super();
    this.type = type;
    this.encode = encode;
    this.complete = onEnd;
  }

  override get awaitedByClose(): boolean {
    return false;
  }
}
