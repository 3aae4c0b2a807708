/**
 * Is one text message for many connections.
 *
 * The text is encoded once, by whichever connection needs its bytes first; the others reuse them.
 */
export class SharedFrame {
  /** The whole message. */
  readonly text: string;
  #bytes: Buffer | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The message in UTF-8. Nobody may write to it. */
  get bytes(): Buffer {
    this.#bytes ??= Buffer.from(this.text, "utf8");
    return this.#bytes;
  }
}
