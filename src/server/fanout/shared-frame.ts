import type { FrameTiming } from "./frame-timing.ts";

/**
 * Is one text message for many connections.
 *
 * The text is encoded once, by whichever connection needs its bytes first; the others reuse them.
 */
export class SharedFrame {
  /** The whole message. */
  readonly text: string;
  /** @internal The message as a connection's wire has it, where such a connection has made it. Nobody may write to it. */
  framed: Buffer | null = null;
  /** @internal Measures its way, where latency is measured. Only an event on its fan-out has one. */
  timing: FrameTiming | null = null;

  constructor(text: string) {
    this.text = text;
  }

  /** The message in UTF-8. */
  get bytes(): Buffer {
    return Buffer.from(this.text, "utf8");
  }
}
