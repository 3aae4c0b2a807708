/** Counts what waits for a session's handlers. */
export class Backlog {
  /** How many values wait, or are being handled, over all subscriptions. */
  size = 0;
  /** Called when fewer wait than before. Must not throw. */
  onFall: () => void = () => {};
}
