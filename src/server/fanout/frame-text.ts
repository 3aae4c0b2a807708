import * as ws from "ws";
import type { SharedFrame } from "./shared-frame.ts";

/** What `ws` exports beside its types: `Sender.frame` is documented as public in its source. */
interface FrameMaker {
  frame(data: Buffer, options: FrameOptions): Buffer[];
}

interface FrameOptions {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly mask: boolean;
  readonly readOnly: boolean;
}

const { Sender } = ws as unknown as { readonly Sender: FrameMaker };

/** A whole text message. A server's frames are not masked (RFC 6455, section 5.1), so everybody's are the same. */
const TEXT: FrameOptions = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true };

/** Frames a message, once: the bytes are kept with it. Nobody may write to them. */
export function frameText(frame: SharedFrame): Buffer {
  frame.framed ??= Buffer.concat(Sender.frame(frame.bytes, TEXT));
  return frame.framed;
}
