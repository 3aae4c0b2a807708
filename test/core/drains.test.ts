import { describe, expect, it } from "vitest";
import { PeerFailure } from "../session/support/scripted-peer.ts";
import { settled } from "../session/support/world.ts";
import { withCore } from "./support/world.ts";

describe("topics that a lost link took, in a close", () => {
  it.each(["lost", "refused"])(
    "are unsubscribed, and no peer has ended them, where the credentials that they wait for are %s",
    async (how) => {
      const { clock, network, peer, session } = await withCore("token");
      await clock.advance(10);
      const ends: unknown[] = [];
      const subscription = session.subscribe("a");
      subscription.on("event", () => {});
      subscription.on("closed", (end) => {
        ends.push(end);
      });
      await clock.advance(10);
      let refuse = (): void => {};
      peer.on("session.authenticate", async () => {
        await new Promise<void>((resolve) => {
          refuse = resolve;
        });
        throw new PeerFailure(-32_001, { code: "UNAUTHENTICATED" });
      });
      network.link()?.cut();
      await clock.advance(1_000);
      expect(session.state).toBe("authenticating");
      const request = session.request("echo");
      const close = session.close();
      if (how === "lost") network.link()?.cut();
      else refuse();
      await clock.advance(20);
      const code = how === "lost" ? "NEVER_WRITTEN" : "AUTHENTICATION_REFUSED";
      expect(settled(request)).toEqual(["failed", code]);
      expect(await close).toMatchObject({ clean: true, unsubscribed: ["a"] });
      expect(ends).toEqual([]);
    },
  );
});

describe("fresh credentials", () => {
  it("that come while the session closes are not presented: they would come behind the bye", async () => {
    let give = (_token: string): void => {};
    let asked = 0;
    const { clock, network, peer, session } = await withCore(() => {
      asked += 1;
      if (asked < 3) return "token";
      return new Promise<string>((resolve) => {
        give = resolve;
      });
    });
    peer.on("session.authenticate", () => ({ userId: "u", expiresInMs: 90 }));
    network.link()?.cut();
    await clock.advance(1_000);
    expect([session.state, asked]).toEqual(["authenticated", 3]);
    peer.mute("session.bye");
    session.close({ deadlineMs: 200 });
    await clock.advance(10);
    give("fresh");
    await clock.advance(200);
    expect(peer.methods.at(-1)).toBe("session.bye");
    expect([session.state, clock.pendingTimers]).toEqual(["closed", 0]);
  });
});

describe("a lost link", () => {
  it("ends what was unsubscribed in the state that it was in: the credentials are forgotten behind it", async () => {
    const { clock, network, peer, session } = await withCore("token");
    await clock.advance(10);
    const states: string[] = [];
    session.on("state", ({ to }) => states.push(to));
    peer.mute("topic.subscribe", "topic.unsubscribe");
    session.subscribe("a").unsubscribe();
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1);
    expect(states.slice(0, 4)).toEqual([
      "subscribing",
      "subscribed",
      "authenticated",
      "disconnected",
    ]);
  });
});
