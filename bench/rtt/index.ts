/**
 * Round trips of 64 outstanding requests on one socket: ours against bare `ws` with JSON, and against socket.io's
 * `emitWithAck`. The server is a bare one in a process of its own, the same for ours and `ws`; what counts is the
 * client, its throughput and its CPU.
 */
import { startChild } from "../support/child.ts";
import { isQuick, printFigure, say } from "../support/figures.ts";

const REQUESTS = isQuick ? 60_000 : 200_000;
const ROUNDS = isQuick ? 5 : 9;
const CLIENTS = ["orderly", "ws", "socket.io"] as const;

interface Measured {
  readonly requestsPerSecond: number;
  readonly clientCpuUs: number;
  readonly serverCpuUs: number;
}

const results: Record<(typeof CLIENTS)[number], Measured[]> = {
  orderly: [],
  ws: [],
  "socket.io": [],
};

for (let round = 0; round < ROUNDS; round += 1) {
  // The order turns with the rounds, so that no client is always the first after a pause.
  const order = [...CLIENTS.slice(round % 3), ...CLIENTS.slice(0, round % 3)];
  for (const name of order) {
    const server = startChild("rtt/server.ts", [name === "socket.io" ? "socket.io" : "ws"]);
    const { port } = await server.next<{ port: number }>();
    const client = startChild("rtt/client.ts", [name, String(port), String(REQUESTS)]);
    const measured = await client.next<Omit<Measured, "serverCpuUs">>();
    server.send({ type: "cpu" });
    const { cpuUs } = await server.next<{ cpuUs: number }>();
    client.stop();
    server.stop();
    results[name].push({ ...measured, serverCpuUs: cpuUs / REQUESTS });
  }
  say(
    CLIENTS.map((name) => {
      const last = results[name].at(-1) as Measured;
      const [rate, client, server] = [last.requestsPerSecond, last.clientCpuUs, last.serverCpuUs];
      return `${name}: ${Math.round(rate)}/s, client ${client.toFixed(2)} µs, server ${server.toFixed(2)} µs`;
    }).join("   "),
  );
}

for (const peer of ["ws", "socket.io"] as const) {
  printFigure({
    bench: "rtt",
    figure: "requests_per_s",
    unit: "1/s",
    better: "higher",
    ours: results.orderly.map((run) => run.requestsPerSecond),
    peer,
    theirs: results[peer].map((run) => run.requestsPerSecond),
  });
  printFigure({
    bench: "rtt",
    figure: "client_cpu_us",
    unit: "us",
    better: "lower",
    ours: results.orderly.map((run) => run.clientCpuUs),
    peer,
    theirs: results[peer].map((run) => run.clientCpuUs),
  });
}
