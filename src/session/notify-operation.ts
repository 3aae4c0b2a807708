import type { OperationType, ProtocolCodec } from "../protocol/protocol.ts";
import type { SessionError } from "./errors.ts";
import { Operation } from "./operation.ts";

/** A message to the peer that has no answer. */
export class NotifyOperation extends Operation {
  readonly type: OperationType = "request";
  /** Whether it was handed to the transport. */
  sent = false;
  /** Why it never will be. */
  error: SessionError | undefined;
  readonly #method: string;
  readonly #params: unknown;
  readonly #onSent: () => void;

  constructor(method: string, params: unknown, onSent: () => void) {
    super();
    this.#method = method;
    this.#params = params;
    this.#onSent = onSent;
  }

  override get answerable(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec): string {
    return codec.encodeNotification(this.#method, this.#params);
  }

  override sentOut(): void {
    this.sent = true;
    this.#onSent();
  }

  dropped(error: SessionError): void {
    this.error = error;
  }

  // Never in flight: none of these can come.
  linkLost(): void {}
  protected answered(): void {}
  protected refused(): void {}
}
