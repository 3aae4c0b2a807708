import { describe, expect, it } from "vitest";
import { whole } from "./support/client.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { failureOf, settled, withPeer, withServer } from "./support/world.ts";

describe("Session.unsubscribe", () => {
  it("ends every subscription of the topic, in one message", async () => {
    const { session, clock, peer } = await withPeer();
    const subscriptions = [session.subscribe("a"), session.subscribe(["a", "b"])];
    const seen = subscriptions.map(seqsOf);
    await clock.advance(10);
    const token = session.unsubscribe(["a", "b"]);
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "frame"]);
    expect(peer.calls("topic.unsubscribe").map(({ params }) => params)).toEqual([
      { topics: ["a", "b"] },
    ]);
    for (const topic of ["a", "b"]) peer.event(topic, 1);
    await clock.advance(10);
    expect(seen).toEqual([[], []]);
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
    expect(subscription.position("b")?.seq).toBe(1);
  });

  whole("says which topics are over, and where they ended", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe(["a", "b"]);
    await clock.advance(10);
    session.unsubscribe("a");
    await clock.advance(10);
    server.topic("b").publish(1);
    await clock.advance(10);
    const topics = ["a", "b"] as const;
    expect(topics.map((topic) => subscription.isOver(topic))).toEqual([true, false]);
    expect(topics.map((topic) => subscription.position(topic)?.seq)).toEqual([0, 1]);
  });

  it("of one topic of several delivers nothing of it afterwards, though it was parked", async () => {
    const { session, clock, server } = await withServer();
    const parked = session.subscribe(["a", "b"]);
    const seen: string[] = [];
    await clock.advance(10);
    for (const topic of ["a", "a", "b"]) server.topic(topic).publish(1);
    await clock.advance(10);
    const token = session.unsubscribe("a");
    await clock.advance(10);
    expect(token.outcome).toBe("acked");
    parked.on("event", ({ topic, seq }) => {
      seen.push(`${topic}${seq}`);
    });
    await clock.advance(10);
    expect([seen, parked.discardedEvents]).toEqual([["b1"], 2]);
  });

  whole(
    "of one topic of several delivers nothing of it afterwards that was offered to a loop",
    async () => {
      const { session, clock, server } = await withServer();
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
      goOn();
      await clock.advance(10);
      goOn();
      await clock.advance(10);
      expect(seen).toEqual(["loop a1", "loop b1"]);
    },
  );

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
