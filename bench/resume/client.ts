/** The clients' process of the resume bench: thousands of bare sockets that come back. */
import { BareSocket, type FrameListener, type Greeting } from "../server-load/bare-socket.ts";
import { nowUs, topicName, usedCpuUs } from "../server-load/messages.ts";
import { tellParent } from "../support/child.ts";
import { type ClientOrder, MISSED, type Place, TOPICS, type Way } from "./messages.ts";

/** Connections under way at a time, below the server's backlog. */
const CONNECTING = 200;
/** Sockets of one source address. */
const SOCKETS_PER_ADDRESS = 1_000;

const port = Number(process.argv[2]);
let sockets: BareSocket[] = [];

/** What a session says, message after message, each after the answer to the one before. */
function greet(way: Way, index: number, { epoch, seq }: Place): Greeting {
  const call = (id: number, method: string, params: unknown): string =>
    JSON.stringify({ jsonrpc: "2.0", id, method, params });
  const topic = topicName(index % TOPICS);
  const since = way === "resume" ? { epoch, seq } : undefined;
  return [
    call(1, "session.hello", { session: index.toString(16).padStart(32, "0") }),
    call(2, "topic.subscribe", { topics: [{ topic, since }] }),
    ...(way === "cold" ? [call(3, "snapshot", [topic])] : []),
  ];
}

/** Connects, and resolves when every session is whole. */
async function connect(count: number, way: Way, place: Place): Promise<void> {
  const missing = way === "resume" ? count * MISSED : 0;
  await new Promise<void>((resolve) => {
    let opened = 0;
    let ready = 0;
    let events = 0;
    const check = (): void => {
      if (ready === count && events === missing) resolve();
    };
    const listener: FrameListener = {
      ready: () => {
        ready += 1;
        if (opened < count) open();
        check();
      },
      event: () => {
        events += 1;
        check();
      },
      closed: () => {},
    };
    const open = (): void => {
      const index = opened;
      opened += 1;
      const localAddress = `127.0.0.${1 + Math.floor(index / SOCKETS_PER_ADDRESS)}`;
      const address = { port, host: "127.0.0.1", localAddress };
      const greeting = greet(way, index, place);
      sockets.push(new BareSocket("orderly", address, "", false, listener, greeting));
    };
    while (opened < Math.min(count, CONNECTING)) open();
  });
}

async function obey(order: ClientOrder): Promise<void> {
  if (order.type === "drop") {
    for (const socket of sockets) socket.reset();
    sockets = [];
    tellParent({});
    return;
  }
  const startedUs = nowUs();
  await connect(order.sockets, order.way, order);
  tellParent({ elapsedMs: (nowUs() - startedUs) / 1_000, cpuUs: usedCpuUs() });
}

// What fails ends the process, and with it the bench.
process.on("message", (order: ClientOrder) => {
  void obey(order);
});
