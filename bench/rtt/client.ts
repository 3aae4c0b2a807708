/** One client of the `rtt` bench: 64 requests outstanding until all are answered. */
import { Session } from "orderly-ws";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { tellParent } from "../support/child.ts";

const [name = "", port = "", count = ""] = process.argv.slice(2);
const REQUESTS = Number(count);
const OUTSTANDING = 64;
const PARAMS = { symbol: "AAPL", side: "buy", price: "187.20", quantity: 100 };

type Call = (params: object) => PromiseLike<unknown>;

async function orderly(): Promise<Call> {
  const session = new Session({ url: `ws://127.0.0.1:${port}` });
  await session.connect();
  return (params) => session.request("echo", params);
}

async function bare(): Promise<Call> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const waiting = new Map<number, (result: unknown) => void>();
  let nextId = 1;
  socket.on("message", (data: Buffer) => {
    const { id, result } = JSON.parse(data.toString("utf8")) as { id: number; result: unknown };
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  return (params) =>
    new Promise((resolve) => {
      const id = nextId++;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method: "echo", params }));
    });
}

async function socketIo(): Promise<Call> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  await new Promise<void>((resolve) => socket.once("connect", () => resolve()));
  return (params) => socket.emitWithAck("echo", params) as Promise<unknown>;
}

async function run(call: Call, requests: number): Promise<void> {
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const answer = (await call(PARAMS)) as typeof PARAMS;
      if (answer.quantity !== PARAMS.quantity) throw new Error("a wrong answer");
    }
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, worker));
}

const call = await { orderly, ws: bare, "socket.io": socketIo }[
  name as "orderly" | "ws" | "socket.io"
]();
await run(call, REQUESTS / 10);
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
await run(call, REQUESTS);
const elapsedMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
tellParent({
  requestsPerSecond: REQUESTS / (elapsedMs / 1_000),
  clientCpuUs: (user + system) / REQUESTS,
});
