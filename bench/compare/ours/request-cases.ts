import { SessionError } from "orderly-ws";
import type { Observation } from "../observation.ts";
import { atRate } from "../support/waiting.ts";
import { makeWorld, outcomeOf, type World } from "./world.ts";

const PUBLISHES = 330;
const EVERY_MS = 5;

/** R6: a request, then close at once. */
export async function requestThenClose(): Promise<Observation> {
  const { session, server } = await makeWorld();
  let placed = 0;
  server.method("order", () => {
    placed += 1;
    return "placed";
  });
  const order = session.request("order", 1);
  const close = session.close();
  const outcome = await outcomeOf(order);
  const { clean } = await close;
  return {
    seen: `request: ${outcome}, ${order.outcome === "acked" ? `with the answer "${await order}"` : "without an answer"}; the server got ${placed}; close: ${clean ? "clean" : "not clean"}`,
    holds: outcome === "acked (frame)" && placed === 1 && clean,
  };
}

/** Calls at a steady rate, through an outage of half a second. */
async function throughOutage(world: World, call: (index: number) => void): Promise<void> {
  await atRate(PUBLISHES, EVERY_MS, (index) => {
    if (index === 100) {
      world.relay.isRefusing = true;
      world.relay.cut();
    }
    if (index === 200) world.relay.isRefusing = false;
    call(index);
  });
}

/** A server that keeps the numbers that arrived. */
async function collecting(): Promise<World & { readonly arrived: Map<number, number> }> {
  const world = await makeWorld(
    {},
    { limits: { requestsPerSecond: Infinity, requestBurst: Infinity, maxPendingMethods: 1_000 } },
  );
  const arrived = new Map<number, number>();
  world.server.method("publish", (index) => {
    arrived.set(index as number, (arrived.get(index as number) ?? 0) + 1);
    return true;
  });
  return { ...world, arrived };
}

/** R8c: publishes through an outage, as requests and as notifications. */
export async function publishThroughOutage(): Promise<Observation> {
  const requests = await collecting();
  const tokens = new Map<number, ReturnType<typeof requests.session.request>>();
  await throughOutage(requests, (index) => {
    tokens.set(index, requests.session.request("publish", index));
  });
  await Promise.allSettled(tokens.values());
  const counts = new Map<string, number>();
  let lies = 0;
  for (const [index, { outcome = "pending" }] of tokens) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    const times = requests.arrived.get(index) ?? 0;
    if (outcome === "acked" ? times !== 1 : outcome !== "unknown" && times > 0) lies += 1;
  }
  const lost = PUBLISHES - requests.arrived.size;
  await requests.session.close();

  const { session, relay, arrived, ...rest } = await collecting();
  const errors = new Set<string>();
  session.on("error", ({ code }) => errors.add(code));
  const sent = new Map<number, "sent" | "queued">();
  let thrown = 0;
  await throughOutage({ session, relay, ...rest }, (index) => {
    try {
      sent.set(index, session.notify("publish", index));
    } catch (error) {
      if (!(error instanceof SessionError)) throw error;
      thrown += 1;
    }
  });
  // As the peer's run does: it closes when the connection is back.
  await session.waitFor("connected");
  const receipt = await session.close();
  const lostOf = (how: "sent" | "queued"): number =>
    [...sent].filter(([index, each]) => each === how && !arrived.has(index)).length;
  const outcomes = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(", ");
  return {
    seen: `as requests: ${outcomes}; ${lost} did not arrive, ${lies === 0 ? "none of them called done" : `${lies} told wrong`}. As notifications, which have no answer: ${lostOf("sent")} written to the dying link and ${lostOf("queued")} queued did not arrive, ${thrown} threw, error event ${[...errors].join(", ")}; the receipt says for the last connection: sent ${receipt.notifications.sent}, arrived ${receipt.notifications.arrived}`,
    holds: lies === 0 && !counts.has("pending") && counts.has("acked") && lostOf("queued") === 0,
  };
}

/** R10: two messages without an answer, then close at once. */
export async function notifyThenClose(): Promise<Observation> {
  const { session, server } = await makeWorld();
  const seen: unknown[] = [];
  server.method("order", (number) => {
    seen.push(number);
  });
  session.notify("order", 1);
  session.notify("order", 2);
  const { clean, notifications } = await session.close();
  return {
    seen: `the server's handlers saw ${seen.length} of 2; close: ${clean ? "clean" : "not clean"}, sent ${notifications.sent}, arrived ${notifications.arrived}`,
    holds: seen.join() === "1,2" && clean && notifications.arrived === 2,
  };
}
