import { RememberingPeer } from "./remembering-peer.ts";
import type { SlowHandler } from "./slow-handler.ts";
import { type SessionSettings, withPeer } from "./world.ts";

/** A session in front of a peer that remembers what was published. */
export async function withMemory(settings: SessionSettings = {}) {
  const world = await withPeer({ reconnect: { initialDelayMs: 1 }, ...settings });
  return { ...world, memory: new RememberingPeer(world.peer) };
}

/** The numbers from one to another, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Lets a slow handler end until it has nothing more to do; returns the numbers that it was given. */
export async function finishAll(
  slow: SlowHandler,
  advance: () => Promise<unknown>,
): Promise<number[]> {
  while (slow.running > 0) {
    slow.finish();
    await advance();
  }
  const handled = slow.log.filter((line) => !line.startsWith("/"));
  return handled.map((line) => Number(line.slice(1)));
}
