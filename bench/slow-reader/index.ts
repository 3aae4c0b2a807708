/**
 * One reader of 1,000 stalls, one that also takes a big feed: the others' p99 against runs in which it reads, and how much
 * the server's memory grows, ours against bare `ws` and socket.io, which keep what the stalled one does not take.
 */

import { LoadPair, type ScheduleRun } from "../server-load/pair.ts";
import { isQuick, median, printFigure, say } from "../support/figures.ts";

const SOCKETS = 1_000;
const ROUNDS = isQuick ? 5 : 9;
const SCHEDULE = {
  eventsPerSecond: 200,
  durationMs: isQuick ? 800 : 4_000,
  topics: 10,
  burstShare: 0.1,
  paddingChars: 200,
  // So much that the system's buffers are full well before the end.
  bulk: { eventsPerSecond: 100, paddingChars: isQuick ? 500_000 : 120_000 },
};

interface Stalled {
  readonly run: ScheduleRun;
  readonly growthBytes: number;
}

/** One run with a bulk reader of its own: a stalled one is gone after it. */
async function measure(pair: LoadPair, isStalled: boolean): Promise<Stalled> {
  // The first of these sockets, and the only one, is the bulk reader.
  await pair.connect(1, SCHEDULE.topics, true);
  const before = await pair.held();
  if (isStalled) await pair.stall();
  const run = await pair.schedule(SCHEDULE);
  const after = await pair.held();
  await pair.dropBulkReader();
  const { client } = run;
  say(
    `${pair.name}, ${isStalled ? "one stalled" : "all reading"}: p99 of the others ${client.p99Ms} ms, ` +
      `the one ${after.bulkReaders === 0 ? "was closed" : "is still there"}; ` +
      `load generator ${run.clientLoad.toFixed(2)} of a core`,
  );
  // After a garbage collection: what is left is what the server keeps for the one.
  return { run, growthBytes: after.rssBytes - before.rssBytes };
}

const orderly = await LoadPair.connected("orderly", SOCKETS - 1, SCHEDULE.topics);
const bare = await LoadPair.connected("ws", SOCKETS - 1, SCHEDULE.topics);
const socketIo = await LoadPair.connected("socket.io", SOCKETS - 1, SCHEDULE.topics);
const stalled: Stalled[] = [];
const reading: Stalled[] = [];
const peers = { ws: [] as Stalled[], "socket.io": [] as Stalled[] };
for (const pair of [orderly, bare, socketIo]) await measure(pair, false);
for (let round = 0; round < ROUNDS; round += 1) {
  const measureBoth = [
    async (): Promise<unknown> => stalled.push(await measure(orderly, true)),
    async (): Promise<unknown> => reading.push(await measure(orderly, false)),
  ];
  for (const each of round % 2 === 0 ? measureBoth : measureBoth.toReversed()) await each();
  if (round >= 5) continue;
  peers.ws.push(await measure(bare, true));
  peers["socket.io"].push(await measure(socketIo, true));
}
for (const pair of [orderly, bare, socketIo]) pair.stop();
const p99 = (runs: readonly Stalled[]): number[] => runs.map(({ run }) => run.client.p99Ms);
const growth = (runs: readonly Stalled[]): number[] => runs.map(({ growthBytes }) => growthBytes);
const lost = [...stalled, ...reading].map(({ run }) => run.server.deliveries - run.client.received);
const common = { bench: "slow-reader", better: "lower" } as const;
printFigure({
  ...common,
  figure: "p99_ms",
  unit: "ms",
  ours: p99(stalled),
  peer: "none-stalled",
  theirs: p99(reading),
});
for (const peer of ["none-stalled", "ws", "socket.io"] as const) {
  const theirs = growth(peer === "none-stalled" ? reading : peers[peer]);
  printFigure({
    ...common,
    figure: "rss_growth_bytes",
    unit: "B",
    ours: growth(stalled),
    peer,
    theirs,
  });
}
say(`events that the others did not receive, median: ${median(lost)}`);
