/**
 * What an idle session costs a server in memory: growth of the resident set from a server that has warmed up, by sessions
 * that are connected and subscribed to one of 100 topics. Ours against bare `ws` and socket.io, and ours from 1,000 to
 * 18,000 sessions in one process.
 */

import type { PeerName } from "../server-load/messages.ts";
import { LoadPair } from "../server-load/pair.ts";
import { isQuick, median, printFigure, say } from "../support/figures.ts";

const SESSIONS = isQuick ? 2_000 : 10_000;
const ROUNDS = 5;
const TOPICS = 100;
/** Sessions before the first measure: code and heap that the first sessions need are not theirs alone. */
const WARM_UP = 200;
/**
 * The same where the growth with the number of sessions is measured. What a heap takes once, some megabytes, would be
 * most of the figure at 1,000 sessions.
 */
const GROWTH_WARM_UP = 1_000;
const SIZES = isQuick ? [500, 1_000, 2_000] : [1_000, 10_000, 18_000];

interface Cost {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

/** Bytes a session at each number of sessions, counted without the ones that warmed up. */
async function measure(pair: LoadPair, sizes: readonly number[], warmUp: number): Promise<Cost[]> {
  await pair.connect(warmUp, TOPICS);
  const before = await pair.held();
  const costs: Cost[] = [];
  let connected = 0;
  for (const size of sizes) {
    await pair.connect(size - connected, TOPICS);
    connected = size;
    const { rssBytes, heapBytes, sessions } = await pair.held();
    if (sessions !== connected + warmUp)
      throw new Error(`${sessions} sessions of ${connected + warmUp}`);
    costs.push({
      rssBytes: (rssBytes - before.rssBytes) / connected,
      heapBytes: (heapBytes - before.heapBytes) / connected,
    });
  }
  pair.stop();
  return costs;
}

const PEERS = ["orderly", "ws", "socket.io"] as const;
const costs = new Map<PeerName, Cost[]>(PEERS.map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  const order = [...PEERS.slice(round % 3), ...PEERS.slice(0, round % 3)];
  const pairs = await Promise.all(order.map((name) => LoadPair.start(name)));
  for (const pair of pairs) {
    costs.get(pair.name)?.push(...(await measure(pair, [SESSIONS], WARM_UP)));
  }
}
const rssOf = (name: PeerName): number[] => (costs.get(name) ?? []).map(({ rssBytes }) => rssBytes);
const common = { bench: "memory", unit: "B", better: "lower" } as const;
for (const peer of ["ws", "socket.io"] as const) {
  printFigure({
    ...common,
    figure: "rss_bytes_per_session",
    ours: rssOf("orderly"),
    peer,
    theirs: rssOf(peer),
  });
}
for (const name of PEERS) {
  const heap = median((costs.get(name) ?? []).map(({ heapBytes }) => heapBytes));
  say(
    `${name}: ${Math.round(median(rssOf(name)))} B resident, of it ${Math.round(heap)} B JavaScript heap`,
  );
}

const bySize: Cost[][] = [];
for (let round = 0; round < (isQuick ? 2 : ROUNDS); round += 1)
  bySize.push(await measure(await LoadPair.start("orderly"), SIZES, GROWTH_WARM_UP));
for (const [index, size] of SIZES.entries()) {
  const ours = bySize.map((run) => run[index]?.rssBytes ?? Number.NaN);
  printFigure({ ...common, figure: `rss_bytes_per_session_at_${size}`, ours });
}
