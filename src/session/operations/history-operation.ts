import type { HistoryParams, HistoryResult } from "../../protocol/json-rpc/messages.ts";
import type { ProtocolCodec } from "../../protocol/protocol.ts";
import { endingError } from "../tokens/ending-error.ts";
import type { SessionError } from "../tokens/errors.ts";
import { Operation, type OperationEnding } from "./operation.ts";

/** What asks for a topic's history. */
export interface HistoryReader {
  readonly topic: string;
  /** What to ask for, when it is written; undefined where nobody needs it any more. */
  next(): HistoryParams | undefined;
  /** It was read. */
  answered(result: HistoryResult): void;
  /** The link was lost: it is to be asked for again. */
  lost(): void;
  /** It cannot be read: never, or for now. */
  refused(error: SessionError): void;
}

/** Reads a part of a topic's history. A close does not wait for it. */
export class HistoryOperation extends Operation {
  readonly type = "history";
  readonly #reader: HistoryReader;

  constructor(reader: HistoryReader) {
    super();
    this.#reader = reader;
  }

  override get subject(): readonly string[] {
    return [this.#reader.topic];
  }

  override get moot(): boolean {
    return this.#reader.next() === undefined;
  }

  override get awaitedByClose(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    const params = this.#reader.next();
    return params === undefined ? null : (codec.encodeHistory?.(id, params) ?? null);
  }

  complete(ending: OperationEnding): void {
    if (ending.by === "answer") {
      this.#reader.answered(ending.result as HistoryResult);
    } else if (ending.by === "loss") {
      this.#reader.lost();
    } else {
      const what = `reading the history of ${this.#reader.topic}`;
      const error = endingError(ending, { what, refusedCode: "TOPIC_REFUSED", written: true });
      if (error !== undefined) this.#reader.refused(error);
    }
  }
}
