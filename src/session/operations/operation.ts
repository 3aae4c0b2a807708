import type { OperationType, ProtocolCodec } from "../../protocol/protocol.ts";
import type { Completable, Ending } from "../session-events.ts";
import type { SessionError } from "../tokens/errors.ts";

/** What brought an operation to its end: what the queue brings, and what the session itself finds out. */
export type OperationEnding =
  | Ending
  /** The link was lost after the write. */
  | { readonly by: "loss" }
  /** It was not written, and will not be. */
  | { readonly by: "drop"; readonly error: SessionError };

const NO_SUBJECT: readonly string[] = [];

/** Something that the session writes to the peer and that the peer answers. */
export abstract class Operation implements Completable {
  /** What it is; a notification is the one that the peer does not answer. */
  abstract readonly type: OperationType | "notification";
  /** Its id on the wire, the last one where it was written again; 0 until it is written. */
  wireId = 0;
  /** Id of the request whose answer proves it, where the protocol has no answer of its own; else 0. */
  barrierId = 0;

  /** Number of its token, or 0 where it has none. */
  get tokenId(): number {
    return 0;
  }

  /** Its topics or method. */
  get subject(): readonly string[] {
    return NO_SUBJECT;
  }

  /** Whether it was handed to the transport. */
  get written(): boolean {
    return this.wireId !== 0;
  }

  /** Whether there is no point in writing it any more. */
  get moot(): boolean {
    return false;
  }

  /** Whether it is written again on the next connection when the link is lost before its answer. */
  get survivesLoss(): boolean {
    return false;
  }

  /** Whether nobody waits for its answer any more. */
  get isGivenUp(): boolean {
    return false;
  }

  /** Whether a close waits for its answer. */
  get awaitedByClose(): boolean {
    return true;
  }

  /**
   * It has to wait: takes what the application gave as it is now.
   *
   * @throws Whatever says that it cannot be encoded.
   */
  freeze(): void {}

  /** Returns its message, or null where the protocol has none. */
  abstract encode(codec: ProtocolCodec, id: number): string | null;
  /** Takes its end. Must not throw. */
  abstract complete(ending: OperationEnding): void;
}
