import { describe, expect, it } from "vitest";
import { settled, withPeer } from "./support/world.ts";

describe("a link that is lost while a session closes", () => {
  it("leaves every answer that was awaited unknown, whichever of them is told first", async () => {
    const { session, clock, peer, network } = await withPeer();
    peer.on("topic.subscribe", () => ({ topics: [{ topic: "a", epoch: "e", seq: 0 }] }));
    const quotes = session.subscribe("a");
    await clock.advance(10);
    expect(settled(quotes.token)).toEqual(["acked", "frame"]);
    peer.mute("topic.unsubscribe", "m");
    const request = session.request("m");
    const unsubscribe = quotes.unsubscribe();
    const close = session.close();
    await clock.advance(5);
    network.link()?.cut();
    await clock.advance(10);
    expect([settled(request), settled(unsubscribe)]).toEqual([
      ["unknown", "LINK_LOST"],
      ["unknown", "LINK_LOST"],
    ]);
    expect(await close).toMatchObject({ clean: false, unknown: ["a"] });
  });
});
