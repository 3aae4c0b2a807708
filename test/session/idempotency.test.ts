import { describe, expect, it } from "vitest";
import { PeerFailure, type ScriptedPeer } from "./support/scripted-peer.ts";
import { failureOf, settled, withPeer } from "./support/world.ts";

interface Sent {
  readonly params?: unknown;
  readonly idempotency?: {
    readonly key: string;
    readonly attempt: number;
    readonly epoch?: string;
    readonly ageMs?: number;
  };
}

/** Keeps answers for a minute, by an epoch of its own. */
function keepsAnswers(peer: ScriptedPeer, dedupEpoch = "d1", dedupWindowMs = 60_000): void {
  const hello = { protocol: "orderly.v1", dedupEpoch, dedupWindowMs, resumeWithinMs: 0 };
  peer.on("session.hello", () => hello);
}

/** A session whose peer keeps answers, and everything that it wrote. */
async function withKeeper(settings: Parameters<typeof withPeer>[0] = {}) {
  const world = await withPeer({ ...settings, connected: false });
  const sent: Sent[] = [];
  world.network.rule = (record) => {
    if (record.type === "data" && record.direction === "toServer")
      sent.push(JSON.parse(record.text) as Sent);
    return "deliver";
  };
  keepsAnswers(world.peer);
  world.session.connect();
  await world.clock.advance(10);
  const attempts = () => sent.flatMap(({ idempotency }) => idempotency ?? []);
  return { ...world, sent, attempts };
}

describe("a request with an idempotency key", () => {
  it("says its key and its first attempt beside the parameters", async () => {
    const { session, clock, peer, sent } = await withKeeper();
    peer.on("order.place", () => ({ id: 7 }));
    const token = session.request("order.place", { qty: 1 }, { idempotencyKey: "k" });
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(sent.at(-1)).toMatchObject({
      params: { qty: 1 },
      idempotency: { key: "k", attempt: 1 },
    });
  });

  it("stays pending over a lost link, and is sent again with the first epoch and its age", async () => {
    const { session, clock, peer, attempts } = await withKeeper();
    const token = session.request("order.place", { qty: 1 }, { idempotencyKey: "k" });
    await clock.advance(10);
    keepsAnswers(peer, "d2");
    peer.cut();
    await clock.advance(1);
    expect(settled(token)).toEqual([undefined, undefined]);
    peer.on("order.place", () => ({ id: 7 }));
    await clock.advance(1_000);
    expect(await token).toEqual({ id: 7 });
    const [first, second] = attempts();
    expect(first).toEqual({ key: "k", attempt: 1 });
    expect(second).toMatchObject({ key: "k", attempt: 2, epoch: "d1" });
    expect(second?.ageMs).toBeGreaterThanOrEqual(10);
    expect(second?.ageMs).toBeLessThan(1_000);
  });

  it("says the same again, whatever became of the object that it was given", async () => {
    const { session, clock, peer, sent } = await withKeeper();
    const order = { qty: 1 };
    session.request("order.place", order, { idempotencyKey: "k" });
    await clock.advance(10);
    order.qty = 2;
    peer.cut();
    await clock.advance(1_000);
    expect(sent.filter(({ idempotency }) => idempotency).map(({ params }) => params)).toEqual([
      { qty: 1 },
      { qty: 1 },
    ]);
  });

  it("goes before what was asked for later", async () => {
    const { session, clock, peer } = await withKeeper();
    session.request("first", { n: 1 }, { idempotencyKey: "1" });
    session.request("second", { n: 2 }, { idempotencyKey: "2" });
    await clock.advance(10);
    peer.cut();
    await clock.advance(1);
    session.request("third", { n: 3 });
    await clock.advance(1_000);
    expect(peer.methods).toEqual(["first", "second", "first", "second", "third"]);
  });

  it("keeps its deadline, and is unknown when that passes between two links", async () => {
    const { session, clock, peer, network } = await withKeeper({ requestTimeoutMs: 500 });
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    network.isRefusing = true;
    peer.cut();
    await clock.advance(500);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
    network.isRefusing = false;
    await clock.advance(60_000);
    expect(peer.calls("order.place")).toHaveLength(1);
  });

  it("is unknown at once where the server keeps no answers", async () => {
    const { session, clock, peer } = await withPeer();
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    peer.cut();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
    expect(peer.methods).toEqual(["order.place"]);
  });

  it("is not sent again to a server that would run it twice", async () => {
    const { session, clock, peer } = await withKeeper();
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    keepsAnswers(peer, "", 0);
    peer.cut();
    await clock.advance(1_000);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
    expect(peer.methods).toEqual(["order.place"]);
  });

  it("waits for the new server to say whether it keeps answers", async () => {
    const { session, clock, peer } = await withKeeper();
    session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    peer.mute("session.hello").cut();
    const hello = peer.heardCall("session.hello", 2);
    await clock.advance(1_000);
    session.request("later");
    expect(peer.methods).toEqual(["order.place"]);
    const result = { protocol: "orderly.v1", dedupEpoch: "d", dedupWindowMs: 9, resumeWithinMs: 0 };
    peer.answer(await hello, result);
    await clock.advance(10);
    expect(peer.methods).toEqual(["order.place", "order.place", "later"]);
  });

  it("is not held up for ever by a server that never answers the hello", async () => {
    const { session, clock, peer } = await withKeeper({ requestTimeoutMs: 3_000 });
    const token = session.request("order.place", {}, { idempotencyKey: "k", deadlineMs: 60_000 });
    await clock.advance(10);
    peer.mute("session.hello").cut();
    await clock.advance(10_000);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
  });

  it.each(["IDEMPOTENCY_UNKNOWN", "RATE_LIMITED", "GOING_AWAY", "IDEMPOTENCY_MISMATCH"] as const)(
    "is unknown where its repeat is answered %s: the first may have run",
    async (code) => {
      const { session, clock, peer } = await withKeeper();
      const token = session.request("order.place", {}, { idempotencyKey: "k" });
      await clock.advance(10);
      peer.refuse("order.place", code).cut();
      await clock.advance(1_000);
      const error = await failureOf(token);
      expect([token.outcome, error.peer?.code]).toEqual(["unknown", code]);
    },
  );

  it("has failed where the method itself refused, at whichever attempt", async () => {
    const { session, clock, peer } = await withKeeper();
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    peer.refuse("order.place", "TOO_LATE").cut();
    await clock.advance(1_000);
    const error = await failureOf(token);
    expect([token.outcome, error.code, error.peer?.code]).toEqual([
      "failed",
      "REQUEST_REFUSED",
      "TOO_LATE",
    ]);
  });

  it("has failed where its first attempt is refused before it runs", async () => {
    const { session, clock, peer } = await withKeeper();
    peer.on("order.place", () => {
      throw new PeerFailure(-32_029, { code: "RATE_LIMITED" });
    });
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "REQUEST_REFUSED"]);
  });

  it("is named by the receipt of a close that comes between two links", async () => {
    const { session, clock, peer, network } = await withKeeper();
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    network.isRefusing = true;
    peer.cut();
    await clock.advance(0);
    const closing = session.close();
    await clock.advance(10);
    expect(settled(token)).toEqual(["unknown", "LINK_LOST"]);
    const receipt = await closing;
    expect([receipt.clean, receipt.sentUnacked]).toEqual([
      false,
      [{ id: token.id, type: "request", subject: ["order.place"] }],
    ]);
  });

  it("is named by the receipt where a close finds out that it cannot be sent again", async () => {
    const { session, clock, peer } = await withKeeper({ reconnect: { initialDelayMs: 1 } });
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    peer.mute("session.hello").cut();
    const hello = peer.heardCall("session.hello", 2);
    await clock.advance(20);
    session.notify("note");
    const closing = session.close();
    const result = { protocol: "orderly.v1", dedupEpoch: "d", dedupWindowMs: 0, resumeWithinMs: 0 };
    peer.answer(await hello, result);
    await clock.advance(20);
    const { sentUnacked } = await closing;
    expect([token.outcome, sentUnacked.map(({ id }) => id)]).toEqual(["unknown", [token.id]]);
    expect(peer.methods).toEqual(["order.place", "note", "session.bye"]);
  });

  it("is unknown when the session goes to `error` before it was sent again", async () => {
    const { session, clock, peer } = await withKeeper({
      reconnect: { shouldReconnect: () => false },
    });
    const token = session.request("order.place", {}, { idempotencyKey: "k" });
    await clock.advance(10);
    peer.cut();
    await clock.advance(10);
    expect([session.state, ...settled(token)]).toEqual(["error", "unknown", "LINK_LOST"]);
  });

  it("must have a key of 1 to 128 characters", async () => {
    const { session } = await withKeeper();
    expect(() => session.request("m", {}, { idempotencyKey: "" })).toThrow(RangeError);
    expect(() => session.request("m", {}, { idempotencyKey: "k".repeat(129) })).toThrow(RangeError);
    expect(() => session.request("m", {}, { idempotencyKey: 7 as never })).toThrow(TypeError);
  });
});

describe("a session that comes back", () => {
  it("waits a random part of the time that the server asks for, and then subscribes in one batch", async () => {
    const { session, clock, peer } = await withPeer({
      environment: { random: { fraction: () => 0.5, secret: () => "5".repeat(32) } },
      reconnect: { initialDelayMs: 100 },
    });
    session.subscribe(["a", "b"]);
    session.subscribe("c");
    await clock.advance(10);
    peer.on("session.hello", () => ({
      protocol: "orderly.v1",
      dedupEpoch: "d",
      dedupWindowMs: 0,
      resumeWithinMs: 4_000,
    }));
    peer.cut();
    await clock.advance(55);
    session.request("meanwhile");
    await clock.advance(1_950);
    expect(peer.methods).toEqual(["topic.subscribe", "topic.subscribe", "meanwhile"]);
    await clock.advance(100);
    expect(peer.methods.at(-1)).toBe("topic.subscribe");
    expect(peer.calls("topic.subscribe").at(-1)?.params).toMatchObject({
      topics: [{ topic: "a" }, { topic: "b" }, { topic: "c" }],
    });
    expect(session.state).toBe("subscribed");
  });

  it("does not wait with what was unsubscribed, or closed, meanwhile", async () => {
    const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const subscription = session.subscribe("a");
    session.subscribe("b");
    await clock.advance(10);
    peer.on("session.hello", () => ({
      protocol: "orderly.v1",
      dedupEpoch: "d",
      dedupWindowMs: 0,
      resumeWithinMs: 60_000,
    }));
    peer.cut();
    await clock.advance(10);
    const leaving = subscription.unsubscribe();
    expect(settled(leaving)).toEqual(["acked", "local"]);
    const closing = session.close();
    await clock.advance(50);
    expect((await closing).clean).toBe(true);
    expect(peer.calls("topic.subscribe")).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("subscribes in batches of 1,000, in order", async () => {
    const { session, clock, peer } = await withPeer({ reconnect: { initialDelayMs: 1 } });
    const topics = Array.from({ length: 2_500 }, (_, index) => `t${index}`);
    const subscription = session.subscribe(topics);
    await clock.advance(10);
    expect(settled(subscription.token)).toEqual(["acked", "frame"]);
    peer.cut();
    await clock.advance(50);
    const batches = peer
      .calls("topic.subscribe")
      .map(({ params }) => (params as { topics: { topic: string }[] }).topics);
    expect(batches.map(({ length }) => length)).toEqual([1_000, 1_000, 500, 1_000, 1_000, 500]);
    expect(batches.flat().map(({ topic }) => topic)).toEqual([...topics, ...topics]);
  });
});
