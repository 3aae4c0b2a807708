import type { ByeParams, ByeResult } from "../protocol/json-rpc/messages.ts";
import type { PeerError, ProtocolCodec } from "../protocol/protocol.ts";
import type { SessionError } from "./errors.ts";
import { Operation } from "./operation.ts";

/** Introduces the session. Its answer is good to have, and nothing waits for it. */
export class HelloOperation extends Operation {
  readonly type = "hello";
  readonly #secret: string;

  constructor(secret: string) {
    super();
    this.#secret = secret;
  }

  override get awaitedByClose(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    return codec.encodeHello(id, this.#secret);
  }

  linkLost(): void {}

  dropped(_error: SessionError): void {}

  protected answered(): void {}

  // A server that knows no hello is a bare one; one that refuses the session closes the connection.
  protected refused(_error: PeerError): void {}
}

/** Asks for a sign of life. Any message counts as one, so its own answer needs no attention. */
export class PingOperation extends Operation {
  readonly type = "ping";
  /** Whether the protocol has no ping: silence then proves nothing. */
  unsupported = false;

  override get awaitedByClose(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    return codec.encodePing(id);
  }

  linkLost(): void {}

  dropped(error: SessionError): void {
    this.unsupported = error.code === "NOT_SUPPORTED";
  }

  protected answered(): void {}

  protected refused(_error: PeerError): void {}
}

/** Says that nothing more will come. */
export class ByeOperation extends Operation {
  readonly type = "bye";
  readonly #seen: Required<ByeParams>;
  readonly #done: (result: ByeResult | undefined) => void;

  /** @param done - Called when there is nothing more to wait for; with the peer's answer, if it came. */
  constructor(seen: Required<ByeParams>, done: (result: ByeResult | undefined) => void) {
    super();
    this.#seen = seen;
    this.#done = done;
  }

  // What follows waits for `done`, not for the queue of answers.
  override get awaitedByClose(): boolean {
    return false;
  }

  encode(codec: ProtocolCodec, id: number): string | null {
    return codec.encodeBye(id, this.#seen);
  }

  linkLost(): void {}

  dropped(_error: SessionError): void {
    this.#done(undefined);
  }

  protected answered(result: unknown): void {
    this.#done(result as ByeResult);
  }

  protected refused(_error: PeerError): void {
    this.#done(undefined);
  }
}
