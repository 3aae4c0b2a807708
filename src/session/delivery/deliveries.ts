import type { Kernel } from "../kernel.ts";
import type { SubscriptionState } from "../topics/subscription-state.ts";
import type { UnsubscribeRequest } from "../topics/unsubscribe-request.ts";
import { DeliveryLane } from "./delivery-lane.ts";
import type { HandlerScope } from "./handler-scope.ts";
import { NotificationSink } from "./notification-sink.ts";
import { StrayHandlers } from "./stray-handlers.ts";
import type { SubscriptionFeed } from "./subscription-feed.ts";

/** Knows everything of a session that brings something to the application's handlers. */
export class Deliveries {
  readonly subscriptions: Set<SubscriptionState> = new Set();
  readonly unsubscribes: Set<UnsubscribeRequest> = new Set();
  /** The lane of order scope `connection`. */
  readonly connectionLane: DeliveryLane;
  readonly notifications: NotificationSink;
  /** Handlers that no lane waits for any more. */
  readonly strays: StrayHandlers = new StrayHandlers();

  constructor(kernel: Kernel, scope: HandlerScope) {
    const now = (): number => kernel.clock.now();
    const { strays } = this;
    this.connectionLane = new DeliveryLane({ scope, now, strays });
    this.notifications = new NotificationSink(new DeliveryLane({ scope, now, strays }), kernel);
  }

  /** Every lane that may be busy. */
  *lanes(): Iterable<DeliveryLane> {
    yield this.connectionLane;
    yield this.notifications.lane;
    for (const subscription of this.subscriptions) yield* subscription.lanes;
  }

  /** The feed of every subscription that is not over. */
  feeds(): readonly SubscriptionFeed[] {
    return [...this.subscriptions].map((subscription) => subscription.feed);
  }

  /** Lets go of subscriptions and unsubscribes that are over. */
  prune(): void {
    for (const subscription of this.subscriptions)
      if (subscription.feed.over) this.subscriptions.delete(subscription);
    for (const request of this.unsubscribes)
      if (!request.token.pending) this.unsubscribes.delete(request);
  }

  /**
   * Ends everything: nothing is delivered any more.
   *
   * @returns How many handlers run on.
   */
  end(): number {
    let running = this.strays.countWithout([]);
    for (const lane of this.lanes()) running += lane.running;
    for (const request of this.unsubscribes) request.complete({ by: "deadline" });
    for (const feed of this.feeds()) feed.end();
    this.notifications.end();
    this.prune();
    return running;
  }
}
