import type { Position } from "../../protocol/json-rpc/messages.ts";
import { checkFunction } from "../call-checks.ts";
import type { SessionApi, TopicData } from "../session-api.ts";
import type { CompletionToken } from "../tokens/completion-token.ts";
import type { UnsubscribeOptions } from "./subscription-options.ts";
import type { SubscribeReceipt } from "./subscription-state.ts";
import type { TopicClosed, TopicEvent, TopicGap } from "./topic-event.ts";
import type { UnsubscribeReceipt } from "./unsubscribe-request.ts";

/** An event of one of a subscription's topics, its data typed by the topic. */
export type SubscriptionEvent<Api extends SessionApi, Topic extends string> = Topic extends string
  ? TopicEvent<TopicData<Api, Topic>, Topic>
  : never;

/** What a subscription's handlers can hear. */
export interface SubscriptionEvents<Api extends SessionApi, Topic extends string> {
  /** An event of a topic. */
  event: SubscriptionEvent<Api, Topic>;
  /** Events that were published and will not come. */
  gap: TopicGap<Topic>;
  /** The peer ended the subscription to a topic. */
  closed: TopicClosed<Topic>;
}

/**
 * A handler of a subscription. A promise that it returns is awaited before the next value of its order scope; anything
 * else that it returns means nothing.
 */
export type SubscriptionHandler<Value> = (value: Value) => unknown;

/** The session's half of a subscription, as far as an application sees it through a {@link Subscription}. */
interface SubscriptionSource {
  readonly token: CompletionToken<SubscribeReceipt>;
  readonly topics: readonly string[];
  readonly feed: {
    readonly depth: number;
    readonly discardedEvents: number;
    on(kind: "event" | "gap" | "closed", handler: SubscriptionHandler<never>): () => void;
    iterate(): AsyncIterator<TopicEvent, undefined>;
  };
  positionOf(topic: string): Position | undefined;
  isOver(topic: string): boolean;
  rejoin(): void;
}

/**
 * Is an application's interest in one or more topics, made by `session.subscribe`.
 *
 * Nothing is delivered after its `unsubscribe()` has settled. What arrives before the first `event` handler or
 * loop waits for it.
 *
 * @example
 * ```ts
 * const quotes = session.subscribe("quotes:AAPL");
 * quotes.on("event", (event) => console.log(event.seq, event.data));
 * await quotes.token;
 * await quotes.unsubscribe();
 * ```
 */
export class Subscription<Api extends SessionApi, Topic extends string>
  implements AsyncIterable<SubscriptionEvent<Api, Topic>>, AsyncDisposable
{
  readonly #state: SubscriptionSource;
  readonly #unsubscribe: (options: UnsubscribeOptions) => CompletionToken<UnsubscribeReceipt>;
  #leaving: CompletionToken<UnsubscribeReceipt> | undefined;

  /**
   * Made by sessions only.
   *
   * @internal
   */
  constructor(
    state: SubscriptionSource,
    unsubscribe: (options: UnsubscribeOptions) => CompletionToken<UnsubscribeReceipt>,
  ) {
    this.#state = state;
    this.#unsubscribe = unsubscribe;
  }

  /** Settles when the peer has answered: `acked` when every topic is subscribed, `failed` when none is. */
  get token(): CompletionToken<SubscribeReceipt> {
    return this.#state.token;
  }

  /** The topics, in the order in which they were asked for. */
  get topics(): readonly Topic[] {
    return this.#state.topics as readonly Topic[];
  }

  /** How many events wait for the handlers, or are being handled. */
  get depth(): number {
    return this.#state.feed.depth;
  }

  /** How many events were received and not handled: they came after the end, or too many at once. */
  get discardedEvents(): number {
    return this.#state.feed.discardedEvents;
  }

  /**
   * Returns where a topic is: the last event accepted (with `atLeastOnce()`, handled), or where it was subscribed. When
   * the topic, the subscription or the session has ended it goes on to say where that was, to be stored.
   *
   * @returns Undefined before the peer has answered, and for a topic that ended before.
   */
  position(topic: Topic): Position | undefined {
    return this.#state.positionOf(topic);
  }

  /**
   * Tells whether a topic is over: it was refused or unsubscribed, or the peer or the session has ended it. What was
   * received of it may still wait for the handlers.
   */
  isOver(topic: Topic): boolean {
    return this.#state.isOver(topic);
  }

  /**
   * Adds a handler. Handlers run in the order in which they were added, one value at a time.
   *
   * @returns Removes the handler.
   */
  on<Type extends keyof SubscriptionEvents<Api, Topic>>(
    type: Type,
    handler: SubscriptionHandler<SubscriptionEvents<Api, Topic>[Type]>,
  ): () => void {
    checkFunction(handler);
    return this.#state.feed.on(type, handler as SubscriptionHandler<never>);
  }

  /**
   * Stops the subscription. The token settles when the peer has answered **and** the handlers are done with
   * everything received before.
   *
   * A handler, or the body of a `for await` loop, may await it: it is not waited for then.
   *
   * @returns The same token for every call, unless the one before failed: then it tries again.
   */
  unsubscribe(options: UnsubscribeOptions = {}): CompletionToken<UnsubscribeReceipt> {
    if (this.#leaving === undefined || this.#leaving.outcome === "failed") {
      this.#leaving = this.#unsubscribe(options);
    } else {
      this.#state.rejoin();
    }
    return this.#leaving;
  }

  /**
   * Loops over the events from here on. The loop ends when the subscription does; a `break` ends the
   * loop and leaves the subscription as it is.
   */
  [Symbol.asyncIterator](): AsyncIterator<SubscriptionEvent<Api, Topic>, undefined> {
    return this.#state.feed.iterate() as unknown as AsyncIterator<
      SubscriptionEvent<Api, Topic>,
      undefined
    >;
  }

  /** Unsubscribes at the end of an `await using` block. Never throws: the token says how it ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.unsubscribe().then(
      () => undefined,
      () => undefined,
    );
  }
}
