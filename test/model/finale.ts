import { isFinal } from "../../src/session/states/states.ts";
import { checkProofs, checkReceipt } from "./proofs.ts";
import { holds } from "./violation.ts";
import { topicsOf } from "./wire-rules.ts";
import type { World } from "./world.ts";

/** Long enough for whatever still sleeps in a handler, a method or a sweep, in milliseconds. */
const AFTERMATH_MS = 2_000;

/** Long enough to notice a dead link, and to come back, in milliseconds. */
const RECOVERY_MS = 150;

/** Checks that a session whose network works again has on the wire all that is wanted of it. */
export async function checkRecovered(world: World): Promise<void> {
  const { network, session, tap } = world;
  network.isRefusing = false;
  await world.pass(RECOVERY_MS);
  if (session.state !== "subscribed") return;
  const line = tap.lines.at(-1);
  if (line === undefined) return;
  const asked = new Set<string>(line.closedTopics);
  for (const { method, params } of line.requests.values())
    if (method === "topic.subscribe") for (const topic of topicsOf(params)) asked.add(topic);
  for (const watched of world.subscriptions) {
    if (watched.subscription.token.outcome !== "acked" || watched.isLeaving) continue;
    for (const topic of watched.topics)
      holds(
        asked.has(topic) || !watched.wants(topic) || watched.mayHaveEnded,
        () => `${topic} was not subscribed again`,
      );
  }
}

/** Brings a world to its end: closes the session, and checks everything that must then be true. */
export async function finish(world: World): Promise<void> {
  const { clock, network, faults, settings, session, isCalm } = world;
  if (settings.heals) {
    faults.clear();
    network.isRefusing = false;
  }
  // Time enough for every handler, where nothing may be left undone.
  const token = world.close(isCalm ? 5_000 : 0);
  const leftMs = token.issuedAt + world.closeLimitMs - clock.now();
  await world.pass(Math.max(0, leftMs));
  holds(token.outcome !== undefined, () => "the close did not settle by its deadline");
  holds(isFinal(session.state), () => `the session is ${session.state} after its close`);
  faults.clear();
  // In the calm the server learns of the end from the close alone.
  if (!isCalm) for (const link of network.links) link.cut("none");
  await clock.runAll(AFTERMATH_MS);
  world.checkNow();
  await world.ledger.checkSettled();
  await checkProofs(world);
  await checkReceipt(world);
  for (const watched of world.subscriptions) await watched.checkSequence();
  const { sessions } = world.host;
  holds(sessions.length === 0, () => `the server still has ${sessions.length} sessions`);
  holds(clock.pendingTimers === 0, () => `${clock.pendingTimers} timers are left`);
  const { eventsQueued = 0, bytesBuffered = 0 } = world.figures ?? {};
  holds(eventsQueued + bytesBuffered === 0, () => `${eventsQueued} events are still queued`);
  world.checkNow();
}
