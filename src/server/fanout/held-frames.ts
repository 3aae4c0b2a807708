import { frameText } from "./frame-text.ts";
import type { SharedFrame } from "./shared-frame.ts";

/**
 * Is a list of frames that wait to be written. All sockets for which the same frames wait share one list, and so the
 * one buffer that it is written from.
 */
export class HeldFrames {
  /** Bytes of all its frames. */
  readonly byteLength: number;
  readonly #before: HeldFrames | null;
  readonly #frame: SharedFrame;
  #bytes: Buffer | null = null;
  /** The list that was made of this one last: a fan-out makes the same one for each of its sockets in a row. */
  #next: HeldFrames | null = null;

  constructor(before: HeldFrames | null, frame: SharedFrame) {
    this.#before = before;
    this.#frame = frame;
    this.byteLength = (before?.byteLength ?? 0) + frameText(frame).length;
  }

  /** Gives the list with one more frame. */
  followedBy(frame: SharedFrame): HeldFrames {
    if (this.#next === null || this.#next.#frame !== frame) {
      this.#next = new HeldFrames(this, frame);
    }
    return this.#next;
  }

  /** Tells whether the list holds this frame alone. */
  isOnly(frame: SharedFrame): boolean {
    return this.#before === null && this.#frame === frame;
  }

  /** All its frames in their order. Nobody may write to it. */
  get bytes(): Buffer {
    if (this.#before === null) return frameText(this.#frame);
    this.#bytes ??= this.#join();
    return this.#bytes;
  }

  #join(): Buffer {
    const bytes = Buffer.allocUnsafe(this.byteLength);
    let end = this.byteLength;
    let held: HeldFrames | null = this;
    while (held !== null) {
      const frame = frameText(held.#frame);
      end -= frame.length;
      bytes.set(frame, end);
      held = held.#before;
    }
    return bytes;
  }
}
