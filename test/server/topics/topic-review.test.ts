import { describe, expect, it } from "vitest";
import { createWorld } from "../support/world.ts";

describe("A refresh of credentials", () => {
  it("W-3.5 asks again about a topic whose decision was under way", async () => {
    const decisions: ((allowed: boolean) => void)[] = [];
    const { connect, clock, server } = createWorld({
      authenticate: ({ token }) => ({ userId: "u", claims: token }),
      authorize: ({ principal }) =>
        principal?.claims === "vip" && new Promise((resolve) => decisions.push(resolve)),
    });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "vip" });
    client.request(2, "topic.subscribe", { topics: [{ topic: "vip" }] });
    await client.ask(3, "session.authenticate", { token: "plain" });
    decisions[0]?.(true);
    await clock.advance(5);
    server.topic("vip").publish(1);
    await clock.advance(5);
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "vip", lastSeq: 0, code: "REVOKED" }]);
    expect(client.heardOf("topic.event")).toEqual([]);
  });

  it("W-3.5 takes unsubscribes while it asks about more topics than requests may wait, and asks for many refreshes twice", async () => {
    const decisions: ((allowed: boolean) => void)[] = [];
    let isSlow = false;
    let asked = 0;
    const { connect, clock } = createWorld({
      authenticate: ({ token }) => ({ userId: "u", claims: token }),
      authorize: () => !isSlow || new Promise((resolve) => decisions.push(resolve)),
      limits: { maxPendingMethods: 2 },
    });
    const client = await connect();
    const names = Array.from({ length: 20 }, (_, number) => `t${number}`);
    await client.ask(1, "session.authenticate", { token: "first" });
    await client.ask(2, "topic.subscribe", { topics: names.map((topic) => ({ topic })) });
    isSlow = true;
    for (let id = 10; id < 50; id += 1) {
      await client.ask(id, "session.authenticate", { token: "again" });
    }
    client.request(3, "topic.unsubscribe", { topics: names });
    await clock.advance(5);
    while (client.answer(3) === undefined) {
      expect(decisions.length).toBeGreaterThan(0);
      for (const decide of decisions.splice(0)) decide(true);
      await clock.advance(5);
      asked += 1;
    }
    expect(client.answer(3)?.result).toEqual({
      topics: names.map((topic) => ({ topic, lastSeq: 0 })),
    });
    expect(asked).toBe(2);
  });
});
