import { describe, expect, it } from "vitest";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("session.goaway", () => {
  it("is drained: what is in flight is answered, bye said, the connection closed, and a random delay later a new one made", async () => {
    const { session, clock, peer, errors } = await withPeer();
    session.subscribe("a").on("event", () => {});
    session.notify("log");
    await clock.advance(10);
    const inFlight = session.request("slow");
    await clock.advance(1);
    peer.notify("session.goaway", { deadlineMs: 3_000 });
    await clock.advance(5);
    const held = session.request("m");
    peer.on("m", () => 1);
    await clock.advance(100);
    expect(peer.methods).toEqual(["topic.subscribe", "log", "slow"]);
    peer.answer(peer.calls("slow")[0], "done");
    await clock.advance(10);
    expect(inFlight.outcome).toBe("acked");
    expect(peer.methods.at(-1)).toBe("session.bye");
    expect(peer.calls("session.bye")[0]?.params).toMatchObject({ notifications: 1 });
    expect(peer.closed).toEqual([1_000]);
    expect([session.state, (session.reconnectAt ?? 0) - clock.now()]).toEqual([
      "disconnected",
      expect.toSatisfy((delay: number) => delay > 0 && delay <= 5_000),
    ]);
    await clock.advance(5_000);
    expect([held.outcome, session.state, session.epoch]).toEqual(["acked", "subscribed", 2]);
    expect(errors).toEqual(["CONNECTION_LOST"]);
  });

  it("of a server that restarts loses nothing that is subscribed", async () => {
    const { session, clock, server, network } = await withServer();
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    const receipt = server.close();
    network.isRefusing = true;
    await clock.advance(6_000);
    expect((await receipt).clean).toBe(true);
    expect(session.state).toBe("disconnected");
  });

  it("is left at the server's deadline, whatever is unanswered", async () => {
    const { session, clock, peer } = await withPeer();
    const request = session.request("never");
    await clock.advance(1);
    peer.notify("session.goaway", { deadlineMs: 500 });
    await clock.advance(520);
    expect(settled(request)).toEqual(["unknown", "LINK_LOST"]);
    expect(peer.closed).toEqual([1_000]);
  });

  it("says its second word to no later connection", async () => {
    const { session, clock, peer, network } = await withPeer({ reconnect: { maxDelayMs: 100 } });
    session.request("never");
    await clock.advance(1);
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(10_000);
    expect([session.epoch, peer.closed, session.state]).toEqual([2, [1_006], "connected"]);
  });

  it("repeated is one goaway", async () => {
    const { clock, peer } = await withPeer();
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    await clock.advance(10);
    expect(peer.calls("session.bye")).toHaveLength(1);
  });

  it("followed by close() while it drains is a clean close", async () => {
    const { session, clock, peer } = await withPeer();
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    session.request("slow");
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    await clock.advance(10);
    const token = session.close();
    await clock.advance(10);
    peer.answer(peer.calls("slow")[0], "done");
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, unsubscribed: ["a"], closeCode: 1_000 });
    await clock.advance(10_000);
    expect([session.state, peer.connections.length]).toEqual(["closed", 1]);
  });

  it("followed by close() behind its bye is a clean close, too", async () => {
    const { session, clock, peer } = await withPeer();
    session.subscribe("a").on("event", () => {});
    await clock.advance(10);
    peer.mute("session.bye");
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    await clock.advance(10);
    const token = session.close();
    peer.answer(peer.calls("session.bye")[0], { notifications: 0 });
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, unsubscribed: ["a"], closeCode: 1_000 });
    expect(peer.calls("session.bye")).toHaveLength(1);
    expect([session.state, clock.pendingTimers]).toEqual(["closed", 0]);
  });

  it("while authenticating waits for the answer, and holds what waits for the next connection", async () => {
    const { session, clock, peer } = await withPeer({ connected: false, credentials: "t" });
    peer.mute("session.authenticate");
    session.connect();
    await clock.advance(5);
    const { token } = session.subscribe("a");
    peer.notify("session.goaway", { deadlineMs: 4_000 });
    await clock.advance(10);
    peer.unmute("session.authenticate");
    peer.answer(peer.calls("session.authenticate")[0], { userId: "u", expiresInMs: null });
    await clock.advance(10_000);
    expect(peer.heard.map(({ connection, method }) => `${connection} ${method}`)).toEqual([
      "1 session.hello",
      "1 session.authenticate",
      "1 session.bye",
      "2 session.hello",
      "2 session.authenticate",
      "2 topic.subscribe",
    ]);
    expect(token.outcome).toBe("acked");
  });
});
