import { describe, expect, it } from "vitest";
import { createWorld } from "./support/world.ts";

describe("topic.subscribe", () => {
  it("W-4.2 answers with the position before the topic's first event", async () => {
    const { server, connect, clock } = createWorld();
    server.topic("a").publish(1);
    const client = await connect();
    client.request(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await clock.advance(2);
    server.topic("a").publish(2);
    await clock.advance(2);
    const { epoch } = server.topic("a").position;
    expect(client.heard).toEqual([
      {
        jsonrpc: "2.0",
        id: 1,
        result: { topics: [{ topic: "a", epoch, seq: 1, recovered: false }] },
      },
      { jsonrpc: "2.0", method: "topic.event", params: { topic: "a", seq: 2, data: 2 } },
    ]);
  });

  it("W-4.2 writes no event of a topic after the answer to its unsubscribe", async () => {
    const { server, connect, clock } = createWorld();
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    server.topic("a").publish(1);
    client.request(2, "topic.unsubscribe", { topics: ["a"] });
    await clock.advance(5);
    server.topic("a").publish(2);
    await clock.advance(5);
    expect(client.heard.at(-1)).toEqual({
      jsonrpc: "2.0",
      id: 2,
      result: { topics: [{ topic: "a", lastSeq: 1 }] },
    });
    expect(client.heardOf("topic.event")).toHaveLength(1);
    expect(server.stats().subscriptions).toBe(0);
  });
});

describe("session.bye", () => {
  it("is answered, and the close that follows is clean", async () => {
    const { server, connect, clock } = createWorld();
    const receipts: unknown[] = [];
    server.on("closed", (_session, receipt) => receipts.push(receipt));
    server.method("slow", async () => "done");
    const client = await connect();
    client.request(1, "slow");
    client.request(2, "session.bye", { lastSeq: {}, notifications: 0 });
    await clock.advance(5);
    expect(client.heard.map((wire) => (wire as { id: number }).id)).toEqual([1, 2]);
    client.close();
    await clock.advance(5);
    expect(client.closed?.code).toBe(1000);
    expect(receipts).toMatchObject([{ clean: true, farewell: "bye" }]);
    expect(clock.pendingTimers).toBe(0);
  });
});
