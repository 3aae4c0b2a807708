/**
 * The server of the soak test, in a process of its own: 100 topics, 1,000 events a second.
 */
import { parseArgs } from "node:util";
import { SessionServer } from "orderly-ws/server";
import { EVENTS_PER_SECOND, TOPICS, topicName } from "./load.ts";

const TICK_MS = 10;
const { values } = parseArgs({ options: { history: { type: "string", default: "10000" } } });

const server = new SessionServer({
  authorize: "public",
  // Unless told otherwise, more than the longest absence: whoever comes back recovers everything.
  history: { maxEvents: Number(values.history), maxAgeMs: 120_000 },
  limits: {
    maxSessions: 20_000,
    maxSessionsPerAddress: 20_000,
    requestsPerSecond: 1_000,
    requestBurst: 2_000,
  },
});
const { port } = await server.listen(0, "127.0.0.1");

let published = 0;
const startedAt = performance.now();
const publisher = setInterval(() => {
  const due = Math.floor(((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND);
  for (; published < due; published += 1) {
    server.topic(topicName(published % TOPICS)).publish({ n: published });
  }
}, TICK_MS);

async function stop(): Promise<void> {
  clearInterval(publisher);
  const { clean, sessions } = await server.close();
  process.send?.({ clean, sessions: sessions.length });
  process.disconnect();
}

process.on("message", (message: { readonly type: string }) => {
  if (message.type === "stats") {
    globalThis.gc?.();
    const { sessions, subscriptions, eventsDelivered } = server.stats();
    process.send?.({
      sessions,
      subscriptions,
      eventsDelivered,
      published,
      heapBytes: process.memoryUsage().heapUsed,
    });
  } else if (message.type === "stop") {
    void stop();
  }
});
process.send?.({ port });
