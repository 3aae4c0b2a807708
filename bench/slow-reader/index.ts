/**
 * One reader of 1,000 stalls, one that also takes a big feed: the others' p99 against runs in which it reads, and how much
 * the server's memory grows, ours against bare `ws` and socket.io, which keep what the stalled one does not take.
 */

import type { PeerName } from "../server-load/messages.ts";
import { LoadPair, type ScheduleRun } from "../server-load/pair.ts";
import { isQuick, median, printFigure, say } from "../support/figures.ts";

const SOCKETS = 1_000;
const ROUNDS = isQuick ? 5 : 9;
const SCHEDULE = {
  eventsPerSecond: 200,
  durationMs: isQuick ? 1_500 : 5_000,
  topics: 10,
  burstShare: 0.1,
  paddingChars: 200,
  // So much that the system's buffers are full well before the end.
  bulk: { eventsPerSecond: 100, paddingChars: isQuick ? 200_000 : 60_000 },
};

interface Stalled {
  readonly run: ScheduleRun;
  readonly growthBytes: number;
}

/** One run on connections of its own: a stalled reader is gone after it. */
async function measure(name: PeerName, isStalled: boolean): Promise<Stalled> {
  const pair = await LoadPair.start(name);
  // The first of the sockets is the bulk reader.
  await pair.connect(SOCKETS, SCHEDULE.topics, true);
  await pair.schedule({ ...SCHEDULE, durationMs: 500 });
  const before = await pair.held();
  if (isStalled) await pair.stall(true);
  const run = await pair.schedule(SCHEDULE);
  const after = await pair.held();
  pair.stop();
  const { client } = run;
  say(
    `${name}, ${isStalled ? "one stalled" : "all reading"}: p99 ${client.p99Ms} ms, ` +
      `${after.sessions} sessions left; load generator ${run.clientLoad.toFixed(2)} of a core`,
  );
  return { run, growthBytes: Math.max(run.server.maxRssBytes, after.rssBytes) - before.rssBytes };
}

const stalled: Stalled[] = [];
const reading: Stalled[] = [];
const peers = { ws: [] as Stalled[], "socket.io": [] as Stalled[] };
for (let round = 0; round < ROUNDS; round += 1) {
  const measureBoth = [
    async () => stalled.push(await measure("orderly", true)),
    async () => reading.push(await measure("orderly", false)),
  ];
  for (const each of round % 2 === 0 ? measureBoth : measureBoth.toReversed()) await each();
  if (round >= 5) continue;
  for (const peer of ["ws", "socket.io"] as const) peers[peer].push(await measure(peer, true));
}
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
