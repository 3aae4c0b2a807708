import { describe, expect, it } from "vitest";
import { MemoryBackplane } from "../../src/backplane/index.ts";
import type { Session } from "../../src/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { whole } from "./support/client.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { type SessionSettings, settled, withPeer, withServer } from "./support/world.ts";

const reconnect = { initialDelayMs: 5, maxDelayMs: 100 };
/** A refusal passes, and another one does not. */
const PASSING = [
  "RATE_LIMITED",
  "GOING_AWAY",
  "TOO_MANY_PENDING",
  "TOO_MANY_TOPICS",
  "TOO_MANY_SESSIONS",
  "METHOD_FAILED",
  "METHOD_TIMEOUT",
];
const FINAL = ["FORBIDDEN", "UNKNOWN_TOPIC", "INVALID_PARAMS", "UNAUTHENTICATED", "SOLD_OUT"];

/** What the handlers of a subscription hear, in order. */
function hear(session: Session, topics: string | readonly string[], options = {}) {
  const subscription = session.subscribe(topics, options);
  const heard: (number | string)[] = [];
  subscription.on("event", ({ seq }) => heard.push(seq));
  subscription.on("gap", ({ from, to }) => heard.push(`gap ${from}-${to}`));
  subscription.on("closed", ({ code, lastSeq }) => heard.push(`closed ${code} ${lastSeq}`));
  return { subscription, heard };
}

/** A peer that remembers nothing, and may refuse topics: each alone, or the request as a whole. */
async function withRefusing(settings: SessionSettings = {}) {
  const world = await withPeer({ reconnect, ...settings });
  const refusing = { code: "", isWhole: false, topics: ["a"] };
  const grant = world.peer;
  grant.on<{ topics: readonly { topic: string; since?: { seq: number } }[] }>(
    "topic.subscribe",
    ({ topics }) => ({
      topics: topics.map(({ topic, since }) =>
        refusing.code !== "" && refusing.topics.includes(topic)
          ? { topic, code: refusing.code }
          : { topic, epoch: "e", seq: since?.seq ?? 0, recovered: since !== undefined },
      ),
    }),
  );
  return { ...world, refusing };
}

describe("W-5.13 an established subscription whose resume is refused for a passing reason", () => {
  whole.each(PASSING)(
    "stays wanted, is asked for again where it was, and goes on: %s",
    async (code) => {
      const { session, clock, peer, refusing } = await withRefusing();
      const { subscription, heard } = hear(session, "a");
      await clock.advance(10);
      peer.event("a", 1);
      refusing.code = code;
      peer.cut();
      await clock.advance(20);
      expect([heard, session.state]).toEqual([[1], "connected"]);
      expect(subscription.position("a")?.seq).toBe(1);
      await clock.advance(1_000);
      refusing.code = "";
      await clock.advance(110);
      peer.event("a", 2);
      await clock.advance(10);
      expect([heard, session.state]).toEqual([[1, 2], "subscribed"]);
      expect(peer.calls("topic.subscribe").at(-1)?.params).toEqual({
        topics: [{ topic: "a", since: { epoch: "e", seq: 1 } }],
      });
      const close = session.close();
      await clock.advance(10);
      expect([(await close).clean, (await close).lastSeq]).toEqual([true, { a: 2 }]);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it.each(PASSING)("and so where the request as a whole is refused: %s", async (code) => {
    const { session, clock, peer } = await withPeer({ reconnect });
    const all = ["a", "b", "c"].map((topic) => hear(session, topic));
    await clock.advance(10);
    peer.refuse("topic.subscribe", code);
    peer.cut();
    await clock.advance(1_000);
    peer.unmute("topic.subscribe");
    await clock.advance(110);
    for (const topic of ["a", "b", "c"]) peer.event(topic, 1);
    await clock.advance(10);
    expect(all.map(({ heard }) => heard)).toEqual([[1], [1], [1]]);
  });

  whole(
    "is asked for later and later, at random, and the application hears of each refusal",
    async () => {
      const random = { ...seededRandom(1), fraction: () => 0.999 };
      const { session, clock, peer, refusing, errors } = await withRefusing({
        reconnect: { initialDelayMs: 100, maxDelayMs: 1_000 },
        environment: { random },
      });
      hear(session, "a");
      await clock.advance(10);
      refusing.code = "RATE_LIMITED";
      peer.cut();
      await clock.advance(110);
      const delays: number[] = [];
      for (let times = peer.calls("topic.subscribe").length; delays.length < 6; times += 1) {
        const before = clock.now();
        while (peer.calls("topic.subscribe").length <= times) await clock.advance(1);
        delays.push(Math.round((clock.now() - before) / 10) * 10);
      }
      expect(delays.map((delay) => Math.round(delay / 100) * 100)).toEqual([
        100, 200, 400, 800, 1_000, 1_000,
      ]);
      expect(errors.slice(0, 3)).toEqual(["CONNECTION_LOST", "TOPIC_REFUSED", "TOPIC_REFUSED"]);
    },
  );

  whole("is asked for on the next connection at once", async () => {
    const { session, clock, peer, refusing } = await withRefusing({
      reconnect: { initialDelayMs: 1, maxDelayMs: 20_000 },
    });
    const { heard } = hear(session, "a");
    await clock.advance(10);
    refusing.code = "TOO_MANY_PENDING";
    peer.cut();
    await clock.advance(40);
    peer.cut();
    refusing.code = "";
    await clock.advance(20);
    peer.event("a", 1);
    await clock.advance(1);
    expect([heard, session.state]).toEqual([[1], "subscribed"]);
  });

  it.each(FINAL)("is over where the refusal is for good: %s", async (code) => {
    const { session, clock, peer, refusing } = await withRefusing();
    const { subscription, heard } = hear(session, "a");
    const other = hear(session, "b");
    await clock.advance(10);
    refusing.code = code;
    peer.cut();
    await clock.advance(1_000);
    peer.event("b", 1);
    await clock.advance(10);
    expect([heard, other.heard]).toEqual([[`closed ${code} 0`], [1]]);
    expect(peer.calls("topic.subscribe")).toHaveLength(3);
    expect([settled(subscription.token), session.state]).toEqual([
      ["acked", "frame"],
      "subscribed",
    ]);
  });

  it("ends by a refusal for good that follows one that passes", async () => {
    const { session, clock, peer, refusing } = await withRefusing();
    const { heard } = hear(session, "a");
    await clock.advance(10);
    refusing.code = "GOING_AWAY";
    peer.cut();
    await clock.advance(100);
    refusing.code = "FORBIDDEN";
    await clock.advance(200);
    expect([heard, session.state]).toEqual([["closed FORBIDDEN 0"], "connected"]);
  });

  it("is asked for no more once it is unsubscribed, which nothing on the wire has to prove", async () => {
    const { session, clock, peer, refusing } = await withRefusing();
    const { subscription, heard } = hear(session, "a");
    await clock.advance(10);
    refusing.code = "RATE_LIMITED";
    peer.cut();
    await clock.advance(50);
    const leaving = subscription.unsubscribe();
    await clock.advance(0);
    const asked = peer.calls("topic.subscribe").length;
    await clock.advance(1_000);
    expect(settled(leaving)).toEqual(["acked", "local"]);
    expect([peer.calls("topic.subscribe").length, heard, session.state]).toEqual([
      asked,
      [],
      "connected",
    ]);
  });

  it.each(["connected", "disconnected"])("leaves nothing behind a close: %s", async (when) => {
    const { session, clock, peer, network, refusing } = await withRefusing();
    hear(session, "a");
    await clock.advance(10);
    refusing.code = "RATE_LIMITED";
    peer.cut();
    await clock.advance(200);
    if (when === "disconnected") {
      network.isRefusing = true;
      peer.cut();
      await clock.advance(1);
    }
    const close = session.close();
    await clock.advance(20);
    const { clean, unsubscribed, lastSeq } = await close;
    expect([clean, unsubscribed, lastSeq]).toEqual([true, ["a"], { a: 0 }]);
    expect(clock.pendingTimers).toBe(0);
  });

  whole("leaves a new subscription of its topic to fail, as a first one does", async () => {
    const { session, clock, peer, refusing } = await withRefusing();
    const old = hear(session, "a");
    await clock.advance(10);
    refusing.code = "TOO_MANY_PENDING";
    peer.cut();
    await clock.advance(1.5);
    expect(session.state).toBe("disconnected");
    const fresh = hear(session, ["a", "b"]);
    await clock.advance(200);
    expect(settled(fresh.subscription.token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect(fresh.subscription.token.error?.peer?.code).toBe("TOO_MANY_PENDING");
    refusing.code = "";
    await clock.advance(200);
    peer.event("a", 1);
    await clock.advance(10);
    expect([old.heard, fresh.heard, session.state]).toEqual([[1], [], "subscribed"]);
  });

  whole("is let go of first where the peer may have subscribed it all the same", async () => {
    const { session, clock, peer } = await withPeer({ reconnect });
    for (const topic of ["a", "b"]) hear(session, topic);
    await clock.advance(10);
    peer.refuse("topic.subscribe", "METHOD_FAILED");
    peer.heard.length = 0;
    peer.cut();
    await clock.advance(30);
    expect(peer.methods.slice(0, 3)).toEqual([
      "topic.subscribe",
      "topic.unsubscribe",
      "topic.subscribe",
    ]);
    expect(peer.calls("topic.unsubscribe")[0]?.params).toEqual({ topics: ["a", "b"] });
  });
});

describe("a first subscribe", () => {
  it.each(PASSING.slice(0, 5))("fails where it is refused, as ever: %s", async (code) => {
    const { session, clock, peer, refusing } = await withRefusing();
    refusing.code = code;
    const { subscription } = hear(session, ["b", "a"]);
    await clock.advance(1_000);
    expect(settled(subscription.token)).toEqual(["failed", "TOPIC_REFUSED"]);
    expect([peer.calls("topic.subscribe").length, session.state]).toEqual([1, "connected"]);
  });
});

describe("a session that comes back", () => {
  it("asks for its topics before it writes what waited", async () => {
    const { session, clock, peer, network } = await withPeer({ reconnect });
    hear(session, "a");
    await clock.advance(10);
    network.isRefusing = true;
    peer.cut();
    await clock.advance(20);
    peer.heard.length = 0;
    for (let times = 0; times < 2; times += 1) session.request("m");
    session.subscribe("b");
    network.isRefusing = false;
    await clock.advance(200);
    expect(peer.methods).toEqual(["topic.subscribe", "m", "m", "topic.subscribe"]);
  });

  whole("asks for its topics before it writes requests again", async () => {
    const { session, clock, peer, network } = await withPeer({ reconnect });
    peer.on("session.hello", () => ({
      protocol: "orderly.v1",
      dedupEpoch: "d",
      dedupWindowMs: 60_000,
      resumeWithinMs: 0,
    }));
    peer.cut();
    await clock.advance(100);
    hear(session, "a");
    session.request("m", undefined, { idempotencyKey: "k" });
    await clock.advance(10);
    network.isRefusing = true;
    peer.cut();
    peer.heard.length = 0;
    await clock.advance(20);
    network.isRefusing = false;
    await clock.advance(200);
    expect(peer.methods).toEqual(["topic.subscribe", "m"]);
  });

  it("is in time to close while it waits for the greeting", async () => {
    const { session, clock, peer } = await withPeer({ reconnect });
    hear(session, "a");
    await clock.advance(10);
    peer.mute("session.hello");
    peer.cut();
    await clock.advance(10);
    const waiting = session.request("m");
    peer.on("m", () => 1);
    await clock.advance(1);
    const close = session.close();
    await clock.advance(20);
    expect((await close).clean).toBe(true);
    expect(settled(waiting)).toEqual(["acked", "frame"]);
  });

  it.each([["queued requests"], ["new subscribes"]])(
    "keeps what it had behind more than the server takes at once: %s",
    async (what) => {
      const { session, clock, server, network } = await withServer({ reconnect });
      server.method("m", () => 1);
      const { heard } = hear(session, "a");
      await clock.advance(10);
      server.topic("a").publish(1);
      await clock.advance(5);
      network.isRefusing = true;
      network.link()?.cut();
      await clock.advance(30);
      for (let times = 0; times < 300; times += 1)
        if (what === "queued requests") session.request("m");
        else session.subscribe(`t${times}`);
      server.topic("a").publish(2);
      network.isRefusing = false;
      await clock.advance(300);
      server.topic("a").publish(3);
      await clock.advance(100);
      expect([heard, session.state]).toEqual([[1, 2, 3], "subscribed"]);
    },
  );

  it.each([0, 1, 2, 3, 4])(
    "loses nothing to a restart %i ms after it came back",
    async (afterMs) => {
      const backplane = new MemoryBackplane();
      const first = await withServer(
        { reconnect, environment: { random: { ...seededRandom(1), fraction: () => 0.5 } } },
        { backplane },
      );
      const { session, clock, network, server } = first;
      const { heard } = hear(session, "a");
      await clock.advance(10);
      backplane.publish("a", "1");
      await clock.advance(5);
      network.link()?.cut();
      await clock.advance(2.5 + afterMs);
      void server.close({ deadlineMs: 100 });
      await clock.advance(110);
      const second = new SessionServer({ clock, authorize: "public", backplane });
      network.listen((connection, info) => second.accept(connection, info));
      backplane.publish("a", "2");
      await clock.advance(3_000);
      backplane.publish("a", "3");
      await clock.advance(50);
      expect([heard, session.state]).toEqual([[1, 2, 3], "subscribed"]);
    },
  );
});
