/** Collects the answers to one JSON-RPC batch, which leave as one array when the last is there. */
export class BatchAnswer {
  readonly #send: (text: string) => void;
  readonly #answers: string[] = [];
  #outstanding = 0;
  #isSealed = false;

  constructor(send: (text: string) => void) {
    this.#send = send;
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
    if (!this.#isSealed || this.#outstanding > 0 || this.#answers.length === 0) return;
    this.#send(`[${this.#answers.join(",")}]`);
  }
}
