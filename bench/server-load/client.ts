/** The clients' process of a server bench: thousands of bare sockets that count. */
import { tellParent } from "../support/child.ts";
import { BareSocket, type FrameListener, readStamp, STAMP_TAIL } from "./bare-socket.ts";
import { LatencyCount } from "./latency-count.ts";
import { type ClientOrder, nowUs, type PeerName, topicName, usedCpuUs } from "./messages.ts";

/** Connections under way at a time, below the servers' backlog. */
const CONNECTING = 200;
/** Sockets of one source address: an address has about 28,000 ports. */
const SOCKETS_PER_ADDRESS = 1_000;

const [name, port] = process.argv.slice(2);
const peer = name as PeerName;
const tail = STAMP_TAIL[peer];
const sockets: BareSocket[] = [];
let events = 0;
let closed = 0;
let latencies: LatencyCount | null = null;
let awaited = Number.POSITIVE_INFINITY;
let arrived: (() => void) | null = null;
let nextReady: (() => void) | null = null;

const listener: FrameListener = {
  ready: () => nextReady?.(),
  event: (socket, bytes, end) => {
    if (socket.isBulkReader) return;
    events += 1;
    latencies?.add(nowUs() - readStamp(bytes, end, tail));
    if (events >= awaited) arrived?.();
  },
  closed: () => {
    closed += 1;
  },
};

/** Opens sockets, spread over the topics. */
async function connect(count: number, topics: number, hasBulkReader: boolean): Promise<void> {
  const first = sockets.length;
  await new Promise<void>((resolve) => {
    let opened = 0;
    let ready = 0;
    const open = (): void => {
      const index = first + opened;
      const localAddress = `127.0.0.${1 + Math.floor(index / SOCKETS_PER_ADDRESS)}`;
      const address = { port: Number(port), host: "127.0.0.1", localAddress };
      const isBulkReader = hasBulkReader && opened === 0;
      opened += 1;
      sockets.push(
        new BareSocket(
          peer,
          address,
          topicName(isBulkReader ? 0 : index % topics),
          isBulkReader,
          listener,
        ),
      );
    };
    nextReady = () => {
      ready += 1;
      if (opened < count) open();
      else if (ready === count) resolve();
    };
    while (opened < Math.min(count, CONNECTING)) open();
  });
}

/** Resolves when so many events have arrived. */
function arrival(count: number): Promise<void> {
  return new Promise((resolve) => {
    awaited = count;
    arrived = resolve;
    if (events >= awaited) resolve();
  });
}

async function obey(order: ClientOrder): Promise<void> {
  switch (order.type) {
    case "connect":
      await connect(order.sockets, order.topics, order.bulkReader ?? false);
      tellParent({});
      break;
    case "expect": {
      await arrival(order.events);
      const lastAtUs = nowUs();
      events -= order.events;
      awaited = Number.POSITIVE_INFINITY;
      tellParent({ lastAtUs, cpuUs: usedCpuUs() });
      break;
    }
    case "measure":
      events = 0;
      latencies = new LatencyCount();
      tellParent({});
      break;
    case "measured": {
      const timeout = new Promise<void>((resolve) => {
        setTimeout(resolve, order.timeoutMs).unref();
      });
      await Promise.race([arrival(order.events), timeout]);
      const count = latencies ?? new LatencyCount();
      latencies = null;
      awaited = Number.POSITIVE_INFINITY;
      tellParent({
        received: events,
        p50Ms: count.quantileMs(0.5),
        p99Ms: count.quantileMs(0.99),
        maxMs: count.maxMs,
        cpuUs: usedCpuUs(),
        closed,
      });
      break;
    }
    case "stall":
      for (const socket of sockets) if (socket.isBulkReader) socket.stall();
      tellParent({});
      break;
    case "drop":
      for (const [index, socket] of sockets.entries()) {
        if (!socket.isBulkReader) continue;
        sockets.splice(index, 1);
        socket.destroy();
      }
      tellParent({});
      break;
  }
}

// What fails ends the process, and with it the bench.
process.on("message", (order: ClientOrder) => {
  void obey(order);
});
