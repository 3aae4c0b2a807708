/**
 * 10,000 sessions on 100 topics are dropped at once, miss 20 events each, and come back: the time until the last one is
 * whole again, and the server's CPU for all of them. Ours resume since their positions; the peer `cold` are the same
 * sessions on the same server that subscribe anew and fetch the topic's state, its last 100 events, by a method. The peer
 * `subscribe` only subscribe anew and are not whole: the floor, which is what connecting costs.
 */
import { startChild } from "../support/child.ts";
import { isQuick, median, printFigure, say, sizeOf } from "../support/figures.ts";
import {
  type ClientOrder,
  type Place,
  type Recovered,
  type ServerOrder,
  type Used,
  WAYS,
  type Way,
} from "./messages.ts";

const SOCKETS = sizeOf("sockets", isQuick ? 2_000 : 10_000);
const ROUNDS = sizeOf("rounds", isQuick ? 5 : 7);

interface Run {
  readonly recoveredMs: number;
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
}

const server = startChild("resume/server.ts", []);
const { port } = await server.next<{ port: number }>();
const client = startChild("resume/client.ts", [String(port)]);
let clientCpuUs = 0;

async function tellServer<Answer>(order: ServerOrder): Promise<Answer> {
  server.send(order);
  return await server.next<Answer>();
}

async function tellClient<Answer>(order: ClientOrder): Promise<Answer> {
  client.send(order);
  return await client.next<Answer>();
}

/** Lets all sessions, which are gone, miss something and come back; then drops them. */
async function comeBack(way: Way): Promise<Run> {
  const place = await tellServer<Place>({ type: "miss" });
  const order: ClientOrder = { type: "connect", sockets: SOCKETS, way, ...place };
  const recovered = await tellClient<Recovered>(order);
  const after = await tellServer<Used>({ type: "cpu" });
  const run = {
    recoveredMs: recovered.elapsedMs,
    serverCpuMs: (after.cpuUs - place.cpuUs) / 1_000,
    clientCpuMs: (recovered.cpuUs - clientCpuUs) / 1_000,
  };
  clientCpuUs = recovered.cpuUs;
  await tellClient({ type: "drop" });
  return run;
}

const runs: Record<Way, Run[]> = { resume: [], cold: [], subscribe: [] };
// The first round compiles; it is not counted.
for (const way of WAYS) await comeBack(way);
for (let round = 0; round < ROUNDS; round += 1) {
  // The order turns with the rounds, so that nobody is always the first.
  const from = round % WAYS.length;
  for (const way of [...WAYS.slice(from), ...WAYS.slice(0, from)]) {
    runs[way].push(await comeBack(way));
  }
}
client.stop();
server.stop();

const figuresOf = (way: Way, figure: keyof Run): number[] => runs[way].map((run) => run[figure]);
for (const way of WAYS) {
  const [recovered, serverCpu, clientCpu] = (
    ["recoveredMs", "serverCpuMs", "clientCpuMs"] as const
  ).map((figure) => median(figuresOf(way, figure)).toFixed(0));
  say(
    `${way}: ${SOCKETS} sessions in ${recovered} ms; CPU of the server ${serverCpu} ms, of the load generator ${clientCpu} ms`,
  );
}
for (const peer of ["cold", "subscribe"] as const) {
  for (const [figure, from] of [
    ["recovered_ms", "recoveredMs"],
    ["server_cpu_ms", "serverCpuMs"],
  ] as const) {
    printFigure({
      bench: "resume",
      figure,
      unit: "ms",
      better: "lower",
      ours: figuresOf("resume", from),
      peer,
      theirs: figuresOf(peer, from),
    });
  }
}
