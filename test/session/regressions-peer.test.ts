import { describe, expect, it } from "vitest";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { describeWhole } from "./support/client.ts";
import { PeerFailure } from "./support/scripted-peer.ts";
import { settled, withPeer } from "./support/world.ts";

const noop = (): void => {};

/** Resolves after ten milliseconds of the world's clock. */
function slowly(clock: VirtualClock): Promise<true> {
  return new Promise((resolve) => {
    clock.setTimer(() => resolve(true), 10);
  });
}

describe("what a peer says amiss", () => {
  it("a gap that starts later than it does is told from where it starts", async () => {
    const { clock, peer, session } = await withPeer();
    const gaps: unknown[] = [];
    const subscription = session.subscribe("a");
    subscription.on("event", noop);
    subscription.on("gap", (gap) => {
      gaps.push(gap);
    });
    await clock.advance(5);
    peer.event("a", 1);
    peer.notify("topic.gap", { topic: "a", from: 4, to: null });
    await clock.advance(5);
    expect(gaps).toEqual([{ topic: "a", from: 2, to: null }]);
  });

  it("an unsubscribe that it may have done half ends the topic here, and is sent once more", async () => {
    const { clock, peer, session } = await withPeer();
    peer.on("topic.unsubscribe", () => {
      throw new PeerFailure(-32_603);
    });
    const subscription = session.subscribe("a");
    const seen: number[] = [];
    subscription.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(5);
    const leaving = subscription.unsubscribe();
    await clock.advance(5);
    expect(settled(leaving)).toEqual(["unknown", "METHOD_FAILED"]);
    peer.event("a", 1);
    await clock.advance(5);
    expect(seen).toEqual([]);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(2);
  });

  it("a refused unsubscribe, and a later subscribe that is granted: the earlier one is over, and its token settles", async () => {
    const { clock, peer, session } = await withPeer();
    peer.mute("topic.subscribe").on("topic.unsubscribe", () => {
      throw new PeerFailure(-32_001);
    });
    const first = session.subscribe("a");
    await clock.advance(5);
    const leaving = first.unsubscribe();
    const second = session.subscribe("a");
    await clock.advance(5);
    const [, later] = peer.calls("topic.subscribe");
    const result = { topics: [{ topic: "a", epoch: "e", seq: 0, recovered: false }] };
    peer.say({ jsonrpc: "2.0", id: later?.id, result });
    await clock.advance(5);
    expect(settled(leaving)).toEqual(["failed", "REQUEST_REFUSED"]);
    expect(settled(second.token)).toEqual(["acked", "frame"]);
    expect(settled(first.token)).toEqual(["unknown", "ABORTED"]);
    const close = session.close({ deadlineMs: 50 });
    await clock.advance(60);
    await close;
    expect(clock.pendingTimers).toBe(0);
  });

  it("an unsubscribe that makes no sense is sent once more before the bye of a close", async () => {
    const { clock, peer, session } = await withPeer();
    peer.on("topic.unsubscribe", () => "nonsense");
    const subscription = session.subscribe("a");
    await clock.advance(5);
    subscription.unsubscribe();
    session.close({ deadlineMs: 50 });
    await clock.advance(60);
    expect(peer.methods.slice(-2)).toEqual(["topic.unsubscribe", "session.bye"]);
  });

  it("a subscribe that it may have done half is let go of before the bye of a close", async () => {
    const { clock, peer, session } = await withPeer();
    peer.mute("topic.subscribe").on("topic.unsubscribe", () => {
      throw new PeerFailure(-32_601);
    });
    session.subscribe(["a", "b"]);
    const close = session.close({ deadlineMs: 50 });
    await clock.advance(5);
    const subscribe = peer.calls("topic.subscribe")[0];
    peer.say({ jsonrpc: "2.0", id: subscribe?.id, error: { code: -32_603, message: "half" } });
    await clock.advance(60);
    await close;
    expect(peer.methods.at(-1)).toBe("session.bye");
  });

  it("a topic that nobody wants stays unwanted, though its unsubscribe was refused", async () => {
    const { clock, network, peer, session } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    peer.mute("topic.subscribe").on("topic.unsubscribe", () => {
      throw new PeerFailure(-32_000);
    });
    session.subscribe("a", { deadlineMs: 5 });
    await clock.advance(20);
    expect(peer.methods).toContain("topic.unsubscribe");
    network.link()?.cut();
    await clock.advance(20);
    expect(session.epoch).toBe(2);
    expect(peer.calls("topic.subscribe")).toHaveLength(1);
  });
});

describe("credentials that nobody can judge, in a close", () => {
  it("leave what waited for them certainly without effect", async () => {
    const { clock, peer, session } = await withPeer({ credentials: "token", connected: false });
    peer.on("session.authenticate", () => {
      throw new PeerFailure(-32_603);
    });
    session.connect();
    await clock.advance(3);
    const request = session.request("echo");
    session.close();
    await clock.advance(10);
    expect(settled(request)).toEqual(["failed", "NEVER_WRITTEN"]);
  });
});

describeWhole("a goaway", () => {
  it("lets no credentials follow its bye, though the session is closed meanwhile", async () => {
    const { clock, peer, session } = await withPeer({
      credentials: () => slowly(clock).then(() => "token"),
      connected: false,
    });
    session.connect();
    await clock.advance(3);
    peer.mute("session.bye").notify("session.goaway", { deadlineMs: 1_000 });
    await clock.advance(2);
    session.close({ deadlineMs: 100 });
    await clock.advance(200);
    expect(peer.methods).toEqual(["session.bye"]);
  });
});

describe("a connect() that gives up in backoff", () => {
  it("tells the subscriptions that it takes with it", async () => {
    const { clock, network, session } = await withPeer();
    const subscription = session.subscribe("a");
    const ends: unknown[] = [];
    subscription.on("event", noop);
    subscription.on("closed", (end) => {
      ends.push(end);
    });
    await clock.advance(5);
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    session.connect({ signal: AbortSignal.abort() });
    await clock.advance(5);
    expect(session.reconnectAt).toBeNull();
    expect(ends).toEqual([{ topic: "a", lastSeq: 0, code: "NEVER_WRITTEN" }]);
  });
});

describe("an event that stands for several", () => {
  it("is missing with all of them where it is dropped, and never stands for what came before", async () => {
    const { clock, peer, session } = await withPeer();
    const subscription = session.subscribe("a", { maxQueuedEvents: 1 });
    const log: string[] = [];
    subscription.on("event", async ({ seq, conflated }) => {
      log.push(`event ${seq} of ${conflated ?? 1}`);
      await slowly(clock);
    });
    subscription.on("gap", ({ from, to }) => {
      log.push(`gap ${from} to ${to}`);
    });
    await clock.advance(5);
    peer.event("a", 2, "two", { conflated: 9 });
    peer.event("a", 5, "three", { conflated: 3 });
    await clock.advance(50);
    expect(log).toEqual(["event 2 of 2", "gap 3 to 5"]);
  });
});

describeWhole("a handler that stops the session", () => {
  it("changes nothing in a close that waits for it without a connection", async () => {
    const { clock, network, peer, session, errors } = await withPeer();
    session.subscribe("a", { onHandlerFailure: "stop-session" }).on("event", async () => {
      await slowly(clock);
      throw new Error("stop");
    });
    await clock.advance(5);
    peer.event("a", 1);
    await clock.advance(1);
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    const close = session.close();
    await clock.advance(20);
    expect(session.state).toBe("closed");
    expect(settled(close)).toEqual(["acked", "local"]);
    expect(errors).not.toContain("INTERNAL");
  });
});
