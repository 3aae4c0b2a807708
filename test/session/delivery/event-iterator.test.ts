import { describe, expect, it } from "vitest";
import { EventIterator } from "../../../src/session/delivery/event-iterator.ts";
import { settleMicrotasks } from "../../../src/testing/virtual-clock.ts";

const noop = (): void => {};

/** Tells whether a promise has settled. */
async function isSettled(promise: void | PromiseLike<void>): Promise<boolean> {
  let settled = promise === undefined;
  void promise?.then(() => {
    settled = true;
  });
  await settleMicrotasks();
  return settled;
}

describe("EventIterator", () => {
  it("holds an event until the loop takes it", async () => {
    const iterator = new EventIterator<number>(noop);
    const offered = iterator.offer(1);
    expect(await isSettled(offered)).toBe(false);
    expect(await iterator.next()).toEqual({ done: false, value: 1 });
    expect(await isSettled(offered)).toBe(true);
  });

  it("hands an event at once to a loop that waits", async () => {
    const iterator = new EventIterator<number>(noop);
    const next = iterator.next();
    expect(iterator.waiting).toBe(true);
    expect(await isSettled(iterator.offer(1))).toBe(true);
    expect(iterator.waiting).toBe(false);
    expect(await next).toEqual({ done: false, value: 1 });
  });

  it("is heard of as taken behind the loop's own turn", async () => {
    const log: string[] = [];
    const iterator = new EventIterator<number>(noop);
    const loop = (async () => {
      for await (const event of iterator) log.push(`event ${event}`);
    })();
    await settleMicrotasks();
    void iterator.offer(1)?.then(() => log.push("taken 1"));
    await settleMicrotasks();
    expect(log).toEqual(["event 1", "taken 1"]);
    iterator.end();
    await loop;
  });

  it("hands over events that were offered together in their order", async () => {
    const iterator = new EventIterator<number>(noop);
    void iterator.offer(1);
    void iterator.offer(2);
    expect((await iterator.next()).value).toBe(1);
    expect((await iterator.next()).value).toBe(2);
  });

  it("serves several that wait in the order in which they asked", async () => {
    const iterator = new EventIterator<number>(noop);
    const both = [iterator.next(), iterator.next()];
    void iterator.offer(1);
    void iterator.offer(2);
    expect((await Promise.all(both)).map(({ value }) => value)).toEqual([1, 2]);
  });

  it("ends who waits, lets go of what was not taken, and says how much", async () => {
    const waiting = new EventIterator<number>(noop);
    const next = waiting.next();
    expect(waiting.end()).toBe(0);
    expect(await next).toEqual({ done: true, value: undefined });

    const holding = new EventIterator<number>(noop);
    const offered = holding.offer(1);
    expect(holding.end()).toBe(1);
    expect(await isSettled(offered)).toBe(true);
    expect(await holding.next()).toEqual({ done: true, value: undefined });
    expect(await isSettled(holding.offer(2))).toBe(true);
  });

  it("withdraws what matches of what was not taken", async () => {
    const iterator = new EventIterator<number>(noop);
    void iterator.offer(1);
    const second = iterator.offer(2);
    expect(iterator.withdraw((event) => event === 2)).toBe(1);
    expect(await isSettled(second)).toBe(true);
    expect((await iterator.next()).value).toBe(1);
  });

  it("tells its owner when the loop ends by itself, and counts how often it asked", async () => {
    let returned = 0;
    const iterator = new EventIterator<number>(() => {
      returned += 1;
    });
    void iterator.offer(1);
    for await (const event of iterator) if (event === 1) break;
    expect(returned).toBe(1);
    expect(iterator.asked).toBe(1);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});
