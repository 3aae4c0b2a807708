/** The server's process of the resume bench. */
import { SessionServer } from "orderly-ws/server";
import { createEvent, nowUs, topicName, usedCpuUs } from "../server-load/messages.ts";
import { tellParent } from "../support/child.ts";
import { MISSED, type Place, type ServerOrder, STATE, TOPICS } from "./messages.ts";

const NEVER_MS = 3_600_000;

const server = new SessionServer({
  authorize: "public",
  history: { maxEvents: STATE, maxAgeMs: NEVER_MS },
  limits: {
    maxSessions: 20_000,
    maxSessionsPerAddress: 20_000,
    pingIntervalMs: NEVER_MS,
    idleTimeoutMs: 2 * NEVER_MS,
  },
});
const topics = Array.from({ length: TOPICS }, (_, index) => topicName(index));
/** What the application knows of each topic, as one that cannot resume needs it. */
const states = new Map<string, object[]>(topics.map((topic) => [topic, []]));
server.method("snapshot", (topic) => states.get(topic as string));

function publish(events: number): void {
  for (const [topic, state] of states) {
    for (let event = 0; event < events; event += 1) {
      const data = createEvent(topic, "", nowUs());
      state.push(data);
      if (state.length > STATE) state.shift();
      server.topic(topic).publish(data);
    }
  }
}

/** Lets the sessions miss something. */
async function miss(): Promise<Place> {
  while (server.stats().sessions > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const { epoch, seq } = server.topic(topicName(0)).position;
  publish(MISSED);
  return { epoch, seq, cpuUs: usedCpuUs() };
}

async function obey(order: ServerOrder): Promise<void> {
  tellParent(order.type === "miss" ? await miss() : { cpuUs: usedCpuUs() });
}

publish(STATE);
const { port } = await server.listen(0, "0.0.0.0");
// What fails ends the process, and with it the bench.
process.on("message", (order: ServerOrder) => {
  void obey(order);
});
tellParent({ port });
