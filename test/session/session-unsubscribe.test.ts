import { describe, expect, it } from "vitest";
import { failureOf, settled, withPeer, withServer } from "./support/world.ts";

describe("Session.unsubscribe", () => {
  it("ends every subscription of the topic, in one message", async () => {
    const { session, clock, peer } = await withPeer();
    const subscriptions = [session.subscribe("a"), session.subscribe(["a", "b"])];
    await clock.advance(10);
    const token = session.unsubscribe(["a", "b"]);
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("topic.unsubscribe").map(({ params }) => params)).toEqual([
      { topics: ["a", "b"] },
    ]);
    for (const subscription of subscriptions)
      for await (const _event of subscription) expect.unreachable("the subscription is over");
  });

  it("of a topic that nobody has is done at once", async () => {
    const { session } = await withServer();
    expect(settled(session.unsubscribe("nobody"))).toEqual(["acked", "local"]);
  });

  it("leaves the other topics of a subscription live", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe(["a", "b"]);
    const seen: string[] = [];
    subscription.on("event", ({ topic, seq }) => {
      seen.push(`${topic}${seq}`);
    });
    await clock.advance(10);
    session.unsubscribe("a");
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("b").publish(1);
    await clock.advance(10);
    expect([seen, session.state]).toEqual([["b1"], "subscribed"]);
    const topics = ["a", "b"] as const;
    expect(topics.map((topic) => subscription.isOver(topic))).toEqual([true, false]);
    expect(topics.map((topic) => subscription.position(topic)?.seq)).toEqual([0, 1]);
  });

  it("of one topic of several delivers nothing of it afterwards, parked or offered to a loop", async () => {
    const { session, clock, server } = await withServer();
    const parked = session.subscribe(["a", "b"]);
    const looped = session.subscribe(["a", "b"]);
    const seen: string[] = [];
    let goOn: () => void = () => {};
    void (async () => {
      for await (const { topic, seq } of looped) {
        seen.push(`loop ${topic}${seq}`);
        await new Promise<void>((resolve) => (goOn = resolve));
      }
    })();
    await clock.advance(10);
    server.topic("a").publish(1);
    server.topic("a").publish(2);
    server.topic("b").publish(1);
    await clock.advance(10);
    const token = session.unsubscribe("a", { deadlineMs: 100 });
    await clock.advance(100);
    expect(token.outcome).toBe("acked");
    parked.on("event", ({ topic, seq }) => {
      seen.push(`parked ${topic}${seq}`);
    });
    goOn();
    await clock.advance(10);
    goOn();
    await clock.advance(10);
    expect(seen).toEqual(["loop a1", "parked b1", "loop b1"]);
  });

  it("is refused with the state's own error once the session closes", async () => {
    const { session, clock } = await withServer();
    const subscription = session.subscribe("a");
    await clock.advance(10);
    session.close();
    expect(settled(subscription.unsubscribe())).toEqual(["failed", "SESSION_CLOSING"]);
    await clock.advance(10);
    expect((await failureOf(session.unsubscribe("a"))).code).toBe("SESSION_CLOSED");
  });
});
