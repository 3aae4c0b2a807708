import { setTimeout as sleep } from "node:timers/promises";

/** The delays of one round; every client gets the same ones. */
export interface Plan {
  /** How long the handler of each market event works, in milliseconds. */
  readonly handlerMs: number;
  /** From the subscribe to the unsubscribe, in milliseconds. */
  readonly beforeUnsubscribeMs: number;
  /** From the unsubscribe to the close, in milliseconds. */
  readonly beforeCloseMs: number;
}

const LONGEST_MS = 3;

/** Makes the plans of all rounds from one seed. */
export function createPlans(seed: number, rounds: number): readonly Plan[] {
  const next = mulberry32(seed);
  const delayMs = (): number => Math.floor(next() * (LONGEST_MS + 1));
  return Array.from({ length: rounds }, () => ({
    handlerMs: delayMs(),
    beforeUnsubscribeMs: delayMs(),
    beforeCloseMs: delayMs(),
  }));
}

/** Waits; 0 does not even yield. */
export async function delay(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms);
}

/** Tommy Ettinger's mulberry32: small, seedable, good enough for delays. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
