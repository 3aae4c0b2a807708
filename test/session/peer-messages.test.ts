import { describe, expect, it } from "vitest";
import { describeWhole } from "./support/client.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

describe("topic.closed", () => {
  it("ends the topic behind its events, with the peer's reason", async () => {
    const { session, clock, server } = await withServer();
    const subscription = session.subscribe(["a", "b"]);
    const log: unknown[] = [];
    subscription.on("event", ({ topic, seq }) => {
      log.push(`${topic}${seq}`);
    });
    subscription.on("closed", ({ topic, lastSeq, code }) => {
      log.push([topic, lastSeq, code]);
    });
    await clock.advance(10);
    server.topic("a").publish(1);
    server.sessions[0]?.revoke("a");
    server.topic("b").publish(1);
    await clock.advance(10);
    expect(log).toEqual(["a1", ["a", 1, "REVOKED"], "b1"]);
    expect(session.state).toBe("subscribed");
    server.sessions[0]?.revoke("b");
    await clock.advance(10);
    expect(session.state).toBe("connected");
    expect(settled(subscription.unsubscribe())).toEqual(["acked", "local"]);
  });
});

describeWhole("notifications", () => {
  it("reach their handlers one after another, each awaited, in order", async () => {
    const { session, clock, server, errors } = await withServer();
    const log: unknown[] = [];
    const remove = session.onNotification(async ({ method, params }) => {
      log.push(method);
      await Promise.resolve();
      log.push(params);
      if (params === 2) throw new Error("no");
    });
    for (const params of [1, 2]) server.sessions[0]?.notify("alert", params);
    await clock.advance(10);
    remove();
    server.sessions[0]?.notify("alert", 3);
    await clock.advance(10);
    expect(log).toEqual(["alert", 1, "alert", 2]);
    expect([errors, session.stats().handlerFailures]).toEqual([["HANDLER_FAILED"], 1]);
  });

  it("are dropped and counted beyond 10,000 that wait", async () => {
    const { session, clock, peer } = await withPeer();
    session.onNotification(() => new Promise(() => {}));
    for (let index = 0; index < 10_005; index += 1) peer.notify("alert", index);
    await clock.advance(10);
    expect(session.stats().discardedEvents).toBe(5);
  });
});
