/**
 * How long an event takes from the time at which it is due to its receipt: each session on one of 100 symbols, 500
 * events a second counted one by one, a tenth of them in bursts of ten on one symbol. Beside it the lag of timers in a
 * process that is idle, and the server's CPU for each delivery, which is steadier where a machine is shared.
 */
import { LoadPair, type ScheduleRun } from "../server-load/pair.ts";
import { TimerLag } from "../server-load/timer-lag.ts";
import { isQuick, median, printFigure, say } from "../support/figures.ts";

const SOCKETS = isQuick ? 2_000 : 10_000;
const TOPICS = 100;
const ROUNDS = 5;
const SCHEDULE = {
  eventsPerSecond: 500,
  durationMs: isQuick ? 1_500 : 5_000,
  topics: TOPICS,
  burstShare: 0.1,
  paddingChars: 0,
};
const PEERS = ["orderly", "ws", "socket.io"] as const;

const pairs: LoadPair[] = [];
for (const name of PEERS) {
  pairs.push(await LoadPair.connected(name, SOCKETS, TOPICS, { heartbeats: true }));
}
const results = new Map<string, ScheduleRun[]>(PEERS.map((name) => [name, []]));
const lags: { readonly p99Ms: number; readonly maxMs: number }[] = [];
for (const pair of pairs) await pair.schedule({ ...SCHEDULE, durationMs: 1_000 });
for (let round = 0; round < ROUNDS; round += 1) {
  const from = round % pairs.length;
  const lag = new TimerLag();
  lag.start();
  for (const pair of [...pairs.slice(from), ...pairs.slice(0, from)]) {
    const run = await pair.schedule(SCHEDULE);
    results.get(pair.name)?.push(run);
    const { server, client } = run;
    say(
      `${pair.name}: ${client.received} of ${server.deliveries} events, p50 ${client.p50Ms} ms, p99 ${client.p99Ms} ms, ` +
        `max ${client.maxMs.toFixed(1)} ms; server ${run.serverLoad.toFixed(2)}, load generator ${run.clientLoad.toFixed(2)} of a core`,
    );
  }
  lag.stop();
  lags.push({ p99Ms: lag.p99Ms, maxMs: lag.maxMs });
}
for (const pair of pairs) pair.stop();

const runsOf = (name: string, figure: "p50Ms" | "p99Ms" | "maxMs"): number[] =>
  (results.get(name) ?? []).map(({ client }) => client[figure]);
const common = { bench: "latency", unit: "ms", better: "lower" } as const;
for (const peer of ["ws", "socket.io"] as const) {
  for (const [figure, from] of [
    ["p50_ms", "p50Ms"],
    ["p99_ms", "p99Ms"],
    ["max_ms", "maxMs"],
  ] as const) {
    printFigure({
      ...common,
      figure,
      ours: runsOf("orderly", from),
      peer,
      theirs: runsOf(peer, from),
    });
  }
}
const cpuOf = (name: string): number[] =>
  (results.get(name) ?? []).map(({ server }) => server.cpuUs / server.deliveries);
for (const peer of ["ws", "socket.io"] as const) {
  const theirs = cpuOf(peer);
  printFigure({
    ...common,
    figure: "server_cpu_us",
    unit: "us",
    ours: cpuOf("orderly"),
    peer,
    theirs,
  });
}
printFigure({ ...common, figure: "idle_timer_lag_p99_ms", ours: lags.map(({ p99Ms }) => p99Ms) });
printFigure({ ...common, figure: "idle_timer_lag_max_ms", ours: lags.map(({ maxMs }) => maxMs) });
const lost = PEERS.map((name) => {
  const runs = results.get(name) ?? [];
  return `${name} ${median(runs.map(({ server, client }) => server.deliveries - client.received))}`;
});
say(`events not received, median of the runs: ${lost.join(", ")}`);
