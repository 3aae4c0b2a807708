/** How many topics the soak test publishes to. */
export const TOPICS = 100;

/** How many events a second, over all topics. */
export const EVENTS_PER_SECOND = 1_000;

/** The name of a topic by its number. */
export function topicName(number: number): string {
  return `quotes:${number}`;
}
