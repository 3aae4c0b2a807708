import { describe, expect, it } from "vitest";
import type { SessionEventRecord } from "../../src/session/session-events.ts";
import { SessionError } from "../../src/session/tokens/errors.ts";
import { describeWhole, expectCounted, whole } from "./support/client.ts";
import { SlowHandler } from "./support/slow-handler.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("operations that cross", () => {
  it("two unsubscribes of one topic are one message, and both get its answer", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const own = subscription.unsubscribe();
    const byTopic = session.unsubscribe("a");
    await clock.advance(10);
    expect([own, byTopic].map(settled)).toEqual([
      ["acked", "frame"],
      ["acked", "frame"],
    ]);
    expect(peer.calls("topic.unsubscribe")).toHaveLength(1);
  });

  it("an unsubscribe sent once more, and answered there, settles what waited for the first", async () => {
    const { session, clock, peer } = await withPeer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    const token = subscription.unsubscribe({ deadlineMs: 100 });
    await clock.advance(110);
    const [, second] = peer.calls("topic.unsubscribe");
    peer.answer(second, { topics: [{ topic: "a", lastSeq: 0 }] });
    await clock.advance(10);
    expect(token.outcome).toBe("unknown");
    expectCounted(session, { lateAcks: 1 });
    const close = session.close({ deadlineMs: 300 });
    await clock.advance(300);
    // The topic is known to be over; the first request is still unanswered, and asked of no one.
    expect((await close).unknown).toEqual([]);
  });

  it("a subscribe behind an abandoned unsubscribe is the topic's own, whatever the old answer says", async () => {
    const { session, clock, peer } = await withPeer();
    const first = session.subscribe("a");
    await clock.advance(10);
    peer.mute("topic.unsubscribe");
    first.unsubscribe({ deadlineMs: 100 });
    const second = session.subscribe("a");
    const seen: number[] = [];
    second.on("event", ({ seq }) => {
      seen.push(seq);
    });
    await clock.advance(200);
    peer.answer(peer.calls("topic.unsubscribe")[0], { topics: [{ topic: "a", lastSeq: 0 }] });
    peer.event("a", 1);
    await clock.advance(10);
    expect([second.token.outcome, seen, session.state]).toEqual(["acked", [1], "subscribed"]);
  });

  whole(
    "a handler that fails under stop-session while the session closes does not disturb the close",
    async () => {
      const { session, clock, peer, errors } = await withPeer();
      const subscription = session.subscribe("a", { onHandlerFailure: "stop-session" });
      let fail: (error: Error) => void = () => {};
      subscription.on("event", () => new Promise<void>((_resolve, reject) => (fail = reject)));
      await clock.advance(10);
      peer.event("a", 1);
      await clock.advance(10);
      const close = session.close();
      await clock.advance(10);
      fail(new Error("late"));
      await clock.advance(20);
      expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
      expect([session.state, errors]).toEqual(["closed", ["HANDLER_FAILED"]]);
    },
  );

  whole("a goaway whose bye is not answered either is left at its deadline, once", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("session.bye");
    peer.notify("session.goaway", { deadlineMs: 300 });
    await clock.advance(299);
    expect(peer.closed).toEqual([]);
    await clock.advance(10);
    expect([peer.closed, session.state]).toEqual([[1_000], "disconnected"]);
  });

  whole(
    "a topic let go of while credentials are judged is unsubscribed by the close, whatever becomes of them",
    async () => {
      const { session, clock, peer } = await withPeer();
      peer.on("topic.subscribe", () => ({
        topics: [
          { topic: "secret", code: "FORBIDDEN" },
          { topic: "a", epoch: "e", seq: 0, recovered: false },
        ],
      }));
      peer.mute("session.authenticate");
      session.subscribe(["secret", "a"]);
      session.authenticate("bad");
      await clock.advance(10);
      const close = session.close();
      const { id } = peer.calls("session.authenticate")[0] ?? {};
      peer.say({ jsonrpc: "2.0", id, error: { code: -32_001, message: "no" } });
      await clock.advance(20);
      expect(peer.methods.slice(2)).toEqual(["topic.unsubscribe", "session.bye"]);
      expect(await close).toMatchObject({ clean: true, unsubscribed: ["a"] });
    },
  );

  whole(
    "an unsubscribe that waited for credentials which are refused is done by the close",
    async () => {
      const { session, clock, peer } = await withPeer();
      const subscription = session.subscribe("a");
      await clock.advance(10);
      peer.mute("session.authenticate");
      session.authenticate("bad");
      const unsubscribe = subscription.unsubscribe();
      await clock.advance(10);
      const close = session.close();
      const { id } = peer.calls("session.authenticate")[0] ?? {};
      peer.say({ jsonrpc: "2.0", id, error: { code: -32_001, message: "no" } });
      await clock.advance(20);
      expect(peer.methods.slice(2)).toEqual(["topic.unsubscribe", "session.bye"]);
      expect(settled(unsubscribe)).toEqual(["failed", "AUTHENTICATION_REFUSED"]);
      expect(await close).toMatchObject({ clean: true, unsubscribed: ["a"], unknown: [] });
    },
  );

  whole("a goaway while closing changes nothing", async () => {
    const { session, clock, peer } = await withPeer();
    const request = session.request("slow");
    const close = session.close();
    peer.notify("session.goaway", { deadlineMs: 300 });
    await clock.advance(100);
    peer.answer(peer.calls("slow")[0], 1);
    await clock.advance(20);
    expect([request.outcome, (await close).clean]).toEqual(["acked", true]);
    expect(peer.calls("session.bye")).toHaveLength(1);
  });

  it("connect() in backoff, refused again, stays pending until its deadline and ends the attempts", async () => {
    const { session, clock, network } = await withServer();
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    const connect = session.connect({ deadlineMs: 400 });
    await clock.advance(400);
    expect(["failed", "unknown"]).toContain(connect.outcome);
    expect([session.state, session.reconnectAt]).toEqual(["disconnected", null]);
    expect(settled(session.request("m"))).toEqual(["failed", "NOT_CONNECTED"]);
    network.isRefusing = false;
    session.connect();
    await clock.advance(10);
    expect(session.state).toBe("connected");
  });

  whole("authenticate() while the first credentials are being asked for rides along", async () => {
    let give: (token: string) => void = () => {};
    const { session, clock, peer } = await withPeer({
      credentials: () => new Promise((resolve) => (give = resolve)),
    });
    const token = session.authenticate();
    give("secret");
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("session.authenticate")).toHaveLength(1);
  });

  it("a credentials callback that answers for an older connection is not listened to", async () => {
    const given: ((token: string) => void)[] = [];
    const { session, clock, peer, network } = await withPeer({
      credentials: () => new Promise((resolve) => given.push(resolve)),
    });
    network.link()?.cut();
    await clock.advance(1_000);
    expect(given).toHaveLength(2);
    given[0]?.("old");
    await clock.advance(10);
    expect([peer.methods, session.state]).toEqual([[], "authenticating"]);
    given[1]?.("new");
    await clock.advance(10);
    expect(peer.calls("session.authenticate").map(({ params }) => params)).toEqual([
      { token: "new" },
    ]);
  });
});

describeWhole("what `event` tells of operations that end without an answer", () => {
  it("names what ended them", async () => {
    const { session, clock, peer } = await withPeer();
    const records: SessionEventRecord[] = [];
    session.on("event", (record) => records.push(record));
    const slow = new SlowHandler();
    const subscription = session.subscribe("a");
    subscription.on("event", slow.handle);
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    peer.mute();
    session.authenticate("t", { deadlineMs: 50 });
    await clock.advance(60);
    await session.waitFor("disconnected");
    peer.unmute("session.hello").unmute("session.bye").unmute("topic.subscribe");
    await clock.advance(1_000);
    session.request("m", undefined, { deadlineMs: 50 });
    session.subscribe("b", { deadlineMs: 50, signal: AbortSignal.abort() });
    await clock.advance(60);
    session.close({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    const endings = records.flatMap(({ type, ending, subject }) =>
      ending === "deadline" || ending === "abort" ? [`${type} ${ending} ${subject}`] : [],
    );
    expect(endings).toEqual([
      "auth_complete deadline ",
      "subscribe_complete abort b",
      "send_complete deadline m",
      "close_complete deadline ",
    ]);
  });
});

describe("a text-free error of the browsers' bundle", () => {
  it("names its code, and where that is explained", () => {
    expect(new SessionError("LINK_LOST", "").message).toBe("LINK_LOST, see docs/errors.md");
  });
});
