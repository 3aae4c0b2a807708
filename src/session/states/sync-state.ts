import type { SessionMachine } from "./session-machine.ts";
import type { SessionState } from "./states.ts";

/** States in which the number of topics decides. */
const BY_TOPICS: ReadonlySet<SessionState> = new Set<SessionState>([
  "connected",
  "authenticated",
  "subscribing",
  "subscribed",
]);

/** What the state follows from while a connection is open. */
export interface TopicCounts {
  /** Topics whose subscribe is unanswered. */
  readonly subscribing: number;
  /** Topics that are live. */
  readonly live: number;
}

/** Brings the state in line with what is subscribed. */
export function syncState(
  machine: SessionMachine,
  topics: TopicCounts,
  authenticated: boolean,
): void {
  if (!BY_TOPICS.has(machine.state)) return;
  if (topics.subscribing > 0) {
    machine.step("subscribing");
  } else if (topics.live > 0) {
    if (machine.state === "subscribing") machine.step("subscribed");
  } else if (machine.state === "subscribing" || machine.state === "subscribed") {
    machine.step(authenticated ? "authenticated" : "connected");
  }
}
