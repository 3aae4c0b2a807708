import { describe, expect, it } from "vitest";
import { seqsOf } from "../support/seqs-of.ts";
import { SlowHandler } from "../support/slow-handler.ts";
import { finishAll, range, withMemory } from "../support/slow-readers.ts";
import { settled } from "../support/world.ts";

describe("a reading of the history that is refused for now", () => {
  /** A topic of ten events that another subscription has, and what a second one of it hears. */
  async function withSecond() {
    const world = await withMemory();
    const { session, clock, memory, peer } = world;
    const first = session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 10);
    await clock.advance(10);
    const log: unknown[] = [];
    const begin = () => {
      const second = session.subscribe("a", { since: { epoch: "e", seq: 4 } });
      second.on("event", ({ seq }) => log.push(seq));
      second.on("gap", ({ from, to }) => log.push([from, to]));
      second.on("closed", ({ code }) => log.push(code));
      return second;
    };
    const refuse = (code: string): void => {
      peer.refuse("topic.history", code);
    };
    return { ...world, first, log, begin, refuse };
  }

  it.each(["RATE_LIMITED", "TOO_MANY_PENDING", "GOING_AWAY"])(
    "fails a subscribe of which nothing was read: %s",
    async (code) => {
      const { session, clock, peer, memory, first, log, begin, refuse } = await withSecond();
      refuse(code);
      const { token } = begin();
      await clock.advance(1_000);
      expect([settled(token), token.error?.peer?.code]).toEqual([
        ["failed", "TOPIC_REFUSED"],
        code,
      ]);
      expect([log, peer.calls("topic.history").length]).toEqual([[], 1]);
      memory.publish("a");
      await clock.advance(10);
      expect([first.position("a")?.seq, session.state]).toEqual([11, "subscribed"]);
      expect(peer.calls("topic.unsubscribe")).toEqual([]);
    },
  );

  it("says that nobody knows where the peer failed", async () => {
    const { clock, begin, refuse } = await withSecond();
    refuse("METHOD_FAILED");
    const { token } = begin();
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "METHOD_FAILED"]);
  });

  it("lets go of the topic where nobody else has it any more", async () => {
    const { session, clock, peer, first, begin, refuse } = await withSecond();
    refuse("RATE_LIMITED");
    const { token } = begin();
    void first.unsubscribe();
    await clock.advance(100);
    expect([settled(token)[0], session.state]).toEqual(["failed", "connected"]);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(1);
  });

  it("is tried again where it had begun, and loses nothing", async () => {
    const { session, clock, memory, log, begin, refuse, errors } = await withSecond();
    memory.pageLength = 2;
    let reads = 0;
    memory.onRead = () => {
      reads += 1;
      if (reads === 2) refuse("RATE_LIMITED");
    };
    const { token } = begin();
    await clock.advance(200);
    expect([settled(token), log]).toEqual([["acked", "frame"], range(5, 8)]);
    expect(errors[0]).toBe("TOPIC_REFUSED");
    memory.publish("a");
    memory.answer();
    await clock.advance(3_000);
    memory.publish("a");
    await clock.advance(10);
    expect([log, session.state]).toEqual([range(5, 12), "subscribed"]);
    const close = session.close();
    await clock.advance(20);
    expect([(await close).clean, clock.pendingTimers]).toEqual([true, 0]);
  });

  it("is tried again for handlers that were too slow", async () => {
    const { session, clock, peer, memory } = await withMemory({
      reconnect: { initialDelayMs: 100 },
    });
    const slow = new SlowHandler();
    const fast = seqsOf(session.subscribe("a"));
    session.subscribe("a", { maxQueuedEvents: 2 }).on("event", slow.handle);
    await clock.advance(10);
    memory.publish("a", 6);
    await clock.advance(10);
    peer.refuse("topic.history", "RATE_LIMITED");
    const handled = await finishAll(slow, () => clock.advance(1));
    expect(handled).toEqual([1, 2]);
    memory.answer();
    await clock.advance(1_000);
    expect([await finishAll(slow, () => clock.advance(10)), fast]).toEqual([
      range(1, 6),
      range(1, 6),
    ]);
  });

  it("is tried again for a few at a time: all at once would be too many again", async () => {
    const { session, clock, peer, memory } = await withMemory({
      reconnect: { initialDelayMs: 100, maxDelayMs: 100 },
    });
    memory.pageLength = 1;
    session.subscribe("a");
    await clock.advance(10);
    memory.publish("a", 3);
    await clock.advance(10);
    let reads = 0;
    memory.onRead = () => {
      reads += 1;
      if (reads === 50) peer.refuse("topic.history", "RATE_LIMITED");
    };
    const all = Array.from({ length: 50 }, () =>
      seqsOf(session.subscribe("a", { since: { epoch: "e", seq: 0 } })),
    );
    await clock.advance(4);
    expect(reads).toBe(50);
    memory.pageLength = 1_000;
    const asked = () => peer.calls("topic.history").length;
    const rounds: number[] = [];
    memory.answer();
    for (let before = asked(), ms = 0; ms < 2_000; ms += 1) {
      await clock.advance(1);
      if (asked() > before) rounds.push(asked() - before);
      before = asked();
    }
    expect(all.every((seqs) => String(seqs) === "1,2,3")).toBe(true);
    expect(Math.max(...rounds)).toBeLessThanOrEqual(20);
  });

  it("is tried again on the next connection", async () => {
    const { clock, peer, memory, log, begin, refuse } = await withSecond();
    memory.pageLength = 2;
    memory.onRead = () => refuse("TOO_MANY_PENDING");
    begin();
    await clock.advance(4);
    peer.cut();
    memory.onRead = () => {};
    memory.answer();
    await clock.advance(100);
    expect(log).toEqual(range(5, 10));
  });
});
