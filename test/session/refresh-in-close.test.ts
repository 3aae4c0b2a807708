import { describe, expect, it } from "vitest";
import { PeerFailure } from "./support/scripted-peer.ts";
import { settled, withPeer } from "./support/world.ts";

/** A session whose fresh credentials are under way, and not answered: their life was 300 ms. */
async function whileRefreshing() {
  let calls = 0;
  const world = await withPeer({ connected: false, credentials: () => `t${++calls}` });
  const { session, clock, peer } = world;
  peer.on("session.authenticate", () => ({ userId: "ann", expiresInMs: 300 }));
  peer.on("session.bye", () => ({ notifications: 0 }));
  session.connect();
  await clock.advance(10);
  peer.mute("session.authenticate");
  await clock.advance(250);
  expect(peer.calls("session.authenticate")).toHaveLength(2);
  return world;
}

describe("a close while fresh credentials are under way", () => {
  it.each([
    ["answered", { userId: "ann", expiresInMs: 300 }],
    ["refused", new PeerFailure(-32_001, "UNAUTHENTICATED")],
  ])("does not wait for them, and goes on when they are %s", async (_name, answer) => {
    const { session, clock, peer } = await whileRefreshing();
    const close = session.close();
    peer.answer(peer.calls("session.authenticate")[1], answer);
    await clock.advance(20);
    expect(settled(close)).toEqual(["acked", "frame"]);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
  });

  it("does not wait for them where they are never answered", async () => {
    const { session, clock } = await whileRefreshing();
    const close = session.close();
    await clock.advance(20);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
  });

  it("waits for those that the application asked for, and tells the truth of them", async () => {
    const { session, clock, peer } = await whileRefreshing();
    const token = session.authenticate("other");
    await clock.advance(1);
    const close = session.close();
    await clock.advance(20);
    expect([token.outcome, close.outcome]).toEqual([undefined, undefined]);
    peer.answer(peer.calls("session.authenticate")[2], { userId: "ann", expiresInMs: null });
    await clock.advance(20);
    expect([settled(token), settled(close)]).toEqual([
      ["acked", "frame"],
      ["acked", "frame"],
    ]);
  });
});
