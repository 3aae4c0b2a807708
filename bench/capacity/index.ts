/**
 * The highest rate of events that a server holds (at least 99 % published in time and received, p99 from the time at
 * which an event is due to its receipt at most 50 ms): each session on one of 100 symbols, a tenth of the events in
 * bursts of ten on one symbol.
 */
import { findCapacity } from "../server-load/capacity.ts";
import { LoadPair } from "../server-load/pair.ts";
import { isQuick, median, printFigure, say } from "../support/figures.ts";

const SOCKETS = isQuick ? 2_000 : 10_000;
const ROUNDS = 5;
const SEARCH = {
  topics: 100,
  trialMs: isQuick ? 400 : 1_500,
  budgetMs: isQuick ? 3_000 : 30_000,
  precision: isQuick ? 0.15 : 0.08,
};
const PEERS = ["orderly", "socket.io"] as const;
/** Deliveries a second to begin with. */
const FIRST_GUESS = { orderly: 90_000, "socket.io": 50_000 };

const pairs: LoadPair[] = [];
for (const name of PEERS) {
  pairs.push(await LoadPair.connected(name, SOCKETS, SEARCH.topics, { heartbeats: true }));
}
const found = { orderly: [] as number[], "socket.io": [] as number[] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const pair of round % 2 === 0 ? pairs : pairs.toReversed()) {
    const name = pair.name as "orderly" | "socket.io";
    const perEvent = SOCKETS / SEARCH.topics;
    const guess = found[name].length === 0 ? FIRST_GUESS[name] / perEvent : median(found[name]);
    let loads = "";
    const capacity = await findCapacity(pair, guess, SEARCH, (rate, run) => {
      const { p99Ms } = run.client;
      say(
        `  ${name} at ${rate}/s: ${run.server.published} of ${run.server.scheduled} published, p99 ${p99Ms} ms`,
      );
      loads = `server ${run.serverLoad.toFixed(2)}, load generator ${run.clientLoad.toFixed(2)} of a core`;
    });
    found[name].push(capacity);
    say(`${name}: holds ${capacity} events/s; last trial: ${loads}`);
  }
}
for (const pair of pairs) pair.stop();
printFigure({
  bench: "capacity",
  figure: "events_per_s",
  unit: "1/s",
  better: "higher",
  ours: found.orderly,
  peer: "socket.io",
  theirs: found["socket.io"],
});
