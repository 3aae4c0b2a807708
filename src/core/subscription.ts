import type { Position } from "../protocol/json-rpc/messages.ts";
import type { SessionApi } from "../session/session-api.ts";
import type { CompletionToken } from "../session/tokens/completion-token.ts";
import type { SubscriptionEvents, SubscriptionHandler } from "../session/topics/subscription.ts";
import type { UnsubscribeOptions } from "../session/topics/subscription-options.ts";
import type { SubscribeReceipt } from "../session/topics/subscription-state.ts";
import type { UnsubscribeReceipt } from "../session/topics/unsubscribe-request.ts";
import { demandFunction } from "./checks.ts";
import { listen } from "./lanes.ts";
import type { Reader } from "./reader.ts";

/**
 * Is an application's interest in one or more topics, made by `session.subscribe`.
 *
 * Nothing is delivered after its `unsubscribe()` has settled. What arrives before the first `event` handler
 * waits for it.
 */
export class Subscription<Api extends SessionApi, Topic extends string> {
  readonly #reader: Reader;
  readonly #unsubscribe: (options: UnsubscribeOptions) => CompletionToken<UnsubscribeReceipt>;
  #leaving: CompletionToken<UnsubscribeReceipt> | undefined;

  /**
   * Made by sessions only.
   *
   * @internal
   */
  constructor(
    reader: object,
    unsubscribe: (options: UnsubscribeOptions) => CompletionToken<UnsubscribeReceipt>,
  ) {
    this.#reader = reader as Reader;
    this.#unsubscribe = unsubscribe;
  }

  /** Settles when the peer has answered: `acked` when every topic is subscribed, `failed` when none is. */
  get token(): CompletionToken<SubscribeReceipt> {
    return this.#reader.token;
  }

  /** The topics, in the order in which they were asked for. */
  get topics(): readonly Topic[] {
    return this.#reader.topics as readonly Topic[];
  }

  /** How many events were received and not handled: they came after the end, or too many at once. */
  get discardedEvents(): number {
    return this.#reader.discarded;
  }

  /**
   * Returns where a topic is: the last event accepted, or where it was subscribed.
   *
   * @returns Undefined before the peer has answered, and for a topic that is over.
   */
  position(topic: Topic): Position | undefined {
    const { channels, starts } = this.#reader;
    return starts.has(topic) ? channels.get(topic)?.position : undefined;
  }

  /**
   * Adds a handler. Handlers run in the order in which they were added, one value of a topic at a time.
   *
   * @returns Removes the handler.
   */
  on<Type extends keyof SubscriptionEvents<Api, Topic>>(
    type: Type,
    handler: SubscriptionHandler<SubscriptionEvents<Api, Topic>[Type]>,
  ): () => void {
    demandFunction(handler, "handler");
    return listen(this.#reader, type, handler as SubscriptionHandler<never>);
  }

  /**
   * Stops the subscription. The token settles when the peer has answered **and** the handlers are done with
   * everything received before. A handler may await it: it is not waited for then.
   *
   * @returns The same token for every call, unless the one before failed: then it tries again.
   */
  unsubscribe(options: UnsubscribeOptions = {}): CompletionToken<UnsubscribeReceipt> {
    const { core } = this.#reader;
    if (this.#leaving === undefined || this.#leaving.outcome === "failed")
      this.#leaving = this.#unsubscribe(options);
    else
      for (const leave of core.leaves)
        if (leave.readers.includes(this.#reader)) leave.join(core.scope.current());
    return this.#leaving;
  }
}
