import type { RequestId } from "../../protocol/json-rpc/messages.ts";

/** Collects the answers to one JSON-RPC batch, which leave as one array when the last is there. */
export class BatchAnswer {
  /** Its requests: none of them is answered before all are. */
  readonly ids: Set<RequestId> = new Set();
  readonly #end: (text: string | null) => void;
  readonly #answers: string[] = [];
  #outstanding = 0;
  #isSealed = false;

  /** @param end - Gets the answer when it is whole; null where there is none to give. */
  constructor(end: (text: string | null) => void) {
    this.#end = end;
  }

  /** Says that one more answer will come. */
  expect(): void {
    this.#outstanding += 1;
  }

  /** Adds an answer that was expected. */
  answer(text: string): void {
    this.#answers.push(text);
    this.#outstanding -= 1;
    this.#sendWhenWhole();
  }

  /** Says that every element has been read. A batch of notifications gets no answer. */
  seal(): void {
    this.#isSealed = true;
    this.#sendWhenWhole();
  }

  #sendWhenWhole(): void {
    if (!this.#isSealed || this.#outstanding > 0) return;
    this.#end(this.#answers.length === 0 ? null : `[${this.#answers.join(",")}]`);
  }
}
