import type { LoadPair, ScheduleRun } from "./pair.ts";

/** What a rate must come to in order to count as held. */
const MIN_SHARE = 0.99;
const MAX_P99_MS = 50;

/** How far apart two rates are while only one side of the limit is known. */
const STEP = 1.25;
/** Trials of one rate: where other processes took the machine during one, the other may hold. */
const TRIES = 2;

/** How the highest rate is looked for. */
export interface CapacitySearch {
  readonly topics: number;
  /** Milliseconds for which a rate must hold. */
  readonly trialMs: number;
  /** The search ends when the lowest rate that fails is at most this much above the highest that holds, as a share. */
  readonly precision: number;
  /** Milliseconds after which the best so far counts; twice that where nothing holds. */
  readonly budgetMs: number;
}

/** Tells whether a rate was held. */
function isHeld({ server, client }: ScheduleRun): boolean {
  return (
    server.published >= server.scheduled * MIN_SHARE &&
    client.received >= server.deliveries * MIN_SHARE &&
    client.p99Ms <= MAX_P99_MS
  );
}

/**
 * Finds the highest rate that a server holds: up or down from a guess by a quarter until there is one that holds and one
 * that does not, then between them.
 *
 * @param guess - Events a second.
 * @param report - Hears of each trial.
 */
export async function findCapacity(
  pair: LoadPair,
  guess: number,
  { topics, trialMs, precision, budgetMs }: CapacitySearch,
  report: (eventsPerSecond: number, run: ScheduleRun) => void,
): Promise<number> {
  const holds = async (eventsPerSecond: number): Promise<boolean> => {
    const schedule = {
      eventsPerSecond,
      durationMs: trialMs,
      topics,
      burstShare: 0.1,
      paddingChars: 0,
    };
    for (let trial = 0; trial < TRIES; trial += 1) {
      const run = await pair.schedule(schedule);
      report(eventsPerSecond, run);
      if (isHeld(run)) return true;
    }
    return false;
  };
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let rate = Math.round(guess);
  const startedAt = performance.now();
  while (high / low > 1 + precision) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > (low > 0 ? budgetMs : 2 * budgetMs)) break;
    if (await holds(rate)) low = rate;
    else high = rate;
    if (high === Number.POSITIVE_INFINITY) rate = Math.round(rate * STEP);
    else if (low === 0) rate = Math.round(rate / STEP);
    else rate = Math.round(Math.sqrt(low * high));
    if (rate < 1) return 0;
  }
  return low;
}
