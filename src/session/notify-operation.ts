import type { OperationType, ProtocolCodec } from "../protocol/protocol.ts";
import type { SessionError } from "./errors.ts";
import type { Kernel } from "./kernel.ts";
import { Operation } from "./operation.ts";
import type { Operations } from "./operations.ts";

/** What a notification says. */
export interface NotificationCall {
  readonly method: string;
  readonly params: unknown;
}

/** Sends a notification, or holds it; throws what its caller must know. */
export function sendNotification(
  kernel: Kernel,
  operations: Operations,
  call: NotificationCall,
  onSent: () => void,
): "sent" | "queued" {
  const operation = new NotifyOperation(call, onSent);
  kernel.queue.post("send_request", {
    tokenId: 0,
    subject: [call.method],
    start: () => operations.submit(operation),
  });
  if (operation.error !== undefined) throw operation.error;
  // Its caller goes on: what happens later can only be told as an error.
  operation.onLateDrop = (error) => kernel.report(error);
  return operation.sent ? "sent" : "queued";
}

/** A message to the peer that has no answer. */
class NotifyOperation extends Operation {
  readonly type: OperationType = "request";
  /** Whether it was handed to the transport. */
  sent = false;
  /** Why it never will be. */
  error: SessionError | undefined;
  onLateDrop: ((error: SessionError) => void) | undefined;
  readonly #call: NotificationCall;
  readonly #onSent: () => void;

  constructor(call: NotificationCall, onSent: () => void) {
    super();
    this.#call = call;
    this.#onSent = onSent;
  }

  override get answerable(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec): string {
    return codec.encodeNotification(this.#call.method, this.#call.params);
  }

  override sentOut(): void {
    this.sent = true;
    this.#onSent();
  }

  dropped(error: SessionError): void {
    this.error = error;
    this.onLateDrop?.(error);
  }

  // Never in flight: none of these can come.
  linkLost(): void {}
  protected answered(): void {}
  protected refused(): void {}
}
