import { median, printFigure, say } from "../support/figures.ts";
import { topicName } from "./messages.ts";
import { type FanOut, LoadPair } from "./pair.ts";

/** One topic's events to all sockets, ours and the peers' in turn. */
export interface FanOutBench {
  readonly bench: string;
  readonly sockets: number;
  /** Events published in one turn of the event loop. */
  readonly eventsPerTurn: number;
  /** Turns of one round, each after the last one's events have arrived. */
  readonly turns: number;
  readonly rounds: number;
}

const PEERS = ["orderly", "ws", "socket.io"] as const;

/** Runs the bench and prints its figures. */
export async function runFanOut({
  bench,
  sockets,
  eventsPerTurn,
  turns,
  rounds,
}: FanOutBench): Promise<void> {
  const pairs: LoadPair[] = [];
  for (const name of PEERS) pairs.push(await LoadPair.connected(name, sockets, 1));
  const results = new Map<string, FanOut[]>(PEERS.map((name) => [name, []]));
  const round = async (pair: LoadPair): Promise<FanOut> => {
    const runs: FanOut[] = [];
    for (let turn = 0; turn < turns; turn += 1) {
      runs.push(await pair.fanOut(topicName(0), sockets, eventsPerTurn));
    }
    const mean = (figure: keyof FanOut): number =>
      runs.reduce((sum, run) => sum + run[figure], 0) / turns;
    return {
      serverCpuUs: mean("serverCpuUs"),
      deliveriesPerSecond: mean("deliveriesPerSecond"),
      clientCpuUs: mean("clientCpuUs"),
    };
  };
  // The first rounds compile; they are not counted.
  for (const pair of pairs) for (let warmUp = 0; warmUp < 2; warmUp += 1) await round(pair);
  for (let index = 0; index < rounds; index += 1) {
    // The order turns with the rounds, so that nobody is always the first after a pause.
    const from = index % pairs.length;
    for (const pair of [...pairs.slice(from), ...pairs.slice(0, from)]) {
      results.get(pair.name)?.push(await round(pair));
    }
  }
  for (const pair of pairs) pair.stop();
  const runsOf = (name: string, figure: keyof FanOut): number[] =>
    (results.get(name) ?? []).map((run) => run[figure]);
  for (const name of PEERS) {
    const server = median(runsOf(name, "serverCpuUs")).toFixed(2);
    const client = median(runsOf(name, "clientCpuUs")).toFixed(2);
    say(`${name}: server ${server} µs, load generator ${client} µs of CPU a delivery`);
  }
  for (const peer of ["ws", "socket.io"] as const) {
    for (const [figure, from, unit, better] of [
      ["server_cpu_us", "serverCpuUs", "us", "lower"],
      ["deliveries_per_s", "deliveriesPerSecond", "1/s", "higher"],
    ] as const) {
      printFigure({
        bench,
        figure,
        unit,
        better,
        ours: runsOf("orderly", from),
        peer,
        theirs: runsOf(peer, from),
      });
    }
  }
}
