import type { Subscription } from "./topic.ts";

/** From so many subscriptions on a map is worth its memory. */
const MAP_FROM = 16;

/**
 * Holds one session's subscriptions by topic name: a list while they are few, as with most of ten
 * thousand sessions, and a map beyond.
 */
export class SubscriptionTable {
  #list: Subscription[] = [];
  #map: Map<string, Subscription> | null = null;

  /** How many there are. */
  get size(): number {
    return this.#map?.size ?? this.#list.length;
  }

  /** Finds the subscription to a topic. */
  get(name: string): Subscription | undefined {
    if (this.#map !== null) return this.#map.get(name);
    return this.#list.find((subscription) => subscription.topic.name === name);
  }

  /** Adds a subscription to a topic that has none here. */
  add(subscription: Subscription): void {
    if (this.#map === null && this.#list.length === MAP_FROM) {
      this.#map = new Map(this.#list.map((each) => [each.topic.name, each]));
      this.#list = [];
    }
    if (this.#map === null) this.#list.push(subscription);
    else this.#map.set(subscription.topic.name, subscription);
  }

  /** Removes a subscription. */
  delete(subscription: Subscription): void {
    if (this.#map !== null) {
      this.#map.delete(subscription.topic.name);
      return;
    }
    const index = this.#list.indexOf(subscription);
    if (index >= 0) this.#list.splice(index, 1);
  }

  /** Lists them as they are now, in the order they were added. */
  toArray(): readonly Subscription[] {
    return this.#map === null ? [...this.#list] : [...this.#map.values()];
  }
}
