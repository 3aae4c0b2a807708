import type { LiveSession } from "../live-session.ts";
import type { Backlog, HeldBack } from "./backlog.ts";

/** Holds notifications back for a session that is behind, the newest of each key. */
export class KeyedMessages implements HeldBack {
  readonly #session: LiveSession;
  readonly #backlog: Backlog;
  /** In the order in which they were sent. */
  readonly #texts = new Map<string, string>();

  constructor(session: LiveSession, backlog: Backlog) {
    this.#session = session;
    this.#backlog = backlog;
  }

  /** Holds a message in the place of the one with its key. @returns Whether there was one. */
  hold(key: string, text: string): boolean {
    const isReplacing = this.#take(key) !== undefined;
    this.#texts.set(key, text);
    this.#backlog.heldMessages += 1;
    this.#backlog.heldBytes += bytesOf(key, text);
    this.#backlog.wait(this);
    return isReplacing;
  }

  release(): boolean {
    for (const [key, text] of this.#texts) {
      if (this.#backlog.blocks(bytesOf("", text))) return false;
      this.#write(key);
    }
    return true;
  }

  flush(): void {
    for (const key of this.#texts.keys()) this.#write(key);
  }

  #write(key: string): void {
    const text = this.#take(key);
    if (text !== undefined) this.#session.write(text);
  }

  #take(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#backlog.heldMessages -= 1;
    this.#backlog.heldBytes -= bytesOf(key, text);
    return text;
  }
}

function bytesOf(key: string, text: string): number {
  return Buffer.byteLength(text, "utf8") + key.length * 2;
}
