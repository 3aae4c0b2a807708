import type { InboundMessage } from "../../protocol/protocol.ts";
import { isThenable } from "../isolate.ts";

/** Where a message came from. */
export interface InterceptorContext {
  /** Number of the connection that it came on. */
  readonly epoch: number;
}

/**
 * Sees an inbound message before the session does. Runs in the session's queue, so it must be
 * synchronous and quick.
 *
 * @returns Nothing to let the message pass, another message to put in its place, or `false` to stop it.
 *   A stopped answer leaves its token to its deadline. An interceptor that throws, or returns a
 *   promise, is reported and the message goes on as if it were not there.
 */
export type MessageInterceptor = (
  message: InboundMessage,
  context: InterceptorContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: an interceptor that only observes returns nothing.
) => InboundMessage | false | void;

/** Runs interceptors in the order in which they were added. */
export class Interceptors {
  readonly #onThrow: (error: unknown) => void;
  #list: readonly MessageInterceptor[];

  /** @param onThrow - Hears what an interceptor threw. Must not throw. */
  constructor(list: readonly MessageInterceptor[], onThrow: (error: unknown) => void) {
    this.#list = [...list];
    this.#onThrow = onThrow;
  }

  /** Whether there is any: the hot path asks before it calls. */
  get any(): boolean {
    return this.#list.length > 0;
  }

  /**
   * Adds an interceptor behind the others.
   *
   * @returns Removes it.
   */
  add(interceptor: MessageInterceptor): () => void {
    this.#list = [...this.#list, interceptor];
    return () => {
      this.#list = this.#list.filter((other) => other !== interceptor);
    };
  }

  /** Returns the message as the interceptors leave it, or undefined where one stopped it. */
  pass(message: InboundMessage, context: InterceptorContext): InboundMessage | undefined {
    let current = message;
    for (const interceptor of this.#list) {
      try {
        const result: unknown = interceptor(current, context);
        if (result === false) return undefined;
        if (result === undefined) continue;
        // Its result comes too late to be of use; what it rejects with must not end the process.
        if (isThenable(result)) result.then(undefined, () => {});
        if (!isMessage(result))
          throw new TypeError("an interceptor must return a message, false or nothing");
        current = result;
      } catch (error) {
        this.#onThrow(error);
      }
    }
    return current;
  }
}

function isMessage(value: unknown): value is InboundMessage {
  return typeof value === "object" && value !== null && "type" in value;
}
