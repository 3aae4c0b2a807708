import type { Duplex } from "node:stream";
import { frameTexts } from "./client-frames.ts";

/** From this many characters on, what waits leaves early: the peer can begin with it while the rest is made. */
const EARLY_FROM = 2_048;

/**
 * Makes the text messages that are sent in one turn of the event loop leave together: in one write, or in few where
 * they are many.
 */
export class WriteBatch {
  readonly #socket: Duplex;
  readonly #isOpen: () => boolean;
  #texts: string[] = [];
  #characters = 0;
  #isDue = false;

  /**
   * @param socket - What the frames are written to.
   * @param isOpen - Whether anything may be written still: behind a Close frame nothing may.
   */
  constructor(socket: Duplex, isOpen: () => boolean) {
    this.#socket = socket;
    this.#isOpen = isOpen;
  }

  /** How much waits, in bytes without the frames' heads. */
  get byteLength(): number {
    return this.#texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
  }

  /** Adds a message. */
  add(text: string): void {
    this.#texts.push(text);
    this.#characters += text.length;
    if (this.#characters >= EARLY_FROM) this.flush();
    else if (!this.#isDue) {
      this.#isDue = true;
      // Runs when the current callback and the promise jobs that it queued are done: later than
      // every message of this turn, earlier than any other socket's.
      process.nextTick(this.#end);
    }
  }

  /** Writes what waits. To be called before anything else is written behind it, such as a Close frame. */
  flush(): void {
    if (this.#texts.length === 0) return;
    const texts = this.#texts;
    this.#texts = [];
    this.#characters = 0;
    if (this.#isOpen()) this.#socket.write(frameTexts(texts));
  }

  readonly #end = (): void => {
    this.#isDue = false;
    this.flush();
  };
}
