import type { Duplex } from "node:stream";
import { Fifo } from "../session/queue/fifo.ts";
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
  /** How long the writes are that the system has not taken yet. */
  readonly #lengths = new Fifo<number>();
  #unsentBytes = 0;

  /**
   * @param socket - What the frames are written to.
   * @param isOpen - Whether anything may be written still: behind a Close frame nothing may.
   */
  constructor(socket: Duplex, isOpen: () => boolean) {
    this.#socket = socket;
    this.#isOpen = isOpen;
  }

  /** Bytes that the system has not taken: those that wait still, and, once the socket is gone, those that never will. */
  get unsentBytes(): number {
    return this.#texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), this.#unsentBytes);
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
    const frames = frameTexts(texts);
    this.#unsentBytes += frames.length;
    if (!this.#isOpen()) return;
    this.#lengths.push(frames.length);
    this.#socket.write(frames, this.#written);
  }

  /** Called for each write, in order. */
  readonly #written = (error: Error | null | undefined): void => {
    const length = this.#lengths.shift() ?? 0;
    if (!error) this.#unsentBytes -= length;
  };

  readonly #end = (): void => {
    this.#isDue = false;
    this.flush();
  };
}
