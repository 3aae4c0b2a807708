/** The server's process of a server bench: one server, that publishes when it is told to. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { tellParent } from "../support/child.ts";
import {
  BULK_TOPIC,
  createEvent,
  type Held,
  nowUs,
  type PeerName,
  type Published,
  type ServerOrder,
  usedCpuUs,
} from "./messages.ts";
import { runSchedule } from "./schedule.ts";
import { startPeer } from "./server-peer.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const [name, heartbeats] = process.argv.slice(2);
const peer = await startPeer(name as PeerName, heartbeats === "heartbeats");

async function hold(): Promise<Held> {
  // Twice: what the first collection finalizes is only let go of by the second.
  collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 50));
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    sessions: peer.sessions(),
    bulkReaders: peer.subscribers(BULK_TOPIC),
  };
}

function publish(topic: string, events: number): Published {
  const cpuUs = usedCpuUs();
  const startedAtUs = nowUs();
  for (let event = 0; event < events; event += 1) {
    peer.publish(topic, createEvent(topic, "", startedAtUs));
  }
  return { startedAtUs, cpuUs };
}

async function obey(order: ServerOrder): Promise<void> {
  switch (order.type) {
    case "publish":
      tellParent(publish(order.topic, order.events));
      break;
    case "cpu":
      tellParent({ cpuUs: usedCpuUs() });
      break;
    case "hold":
      tellParent(await hold());
      break;
    case "schedule":
      tellParent(await runSchedule(peer, order));
      break;
  }
}

// What fails ends the process, and with it the bench.
process.on("message", (order: ServerOrder) => {
  void obey(order);
});
tellParent({ port: peer.port });
