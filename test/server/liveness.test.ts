import { describe, expect, it } from "vitest";
import { createWorld } from "./support/world.ts";

describe("a silent client", () => {
  it("W-1.6 is pinged, and stays as long as it answers", async () => {
    const { connect, clock, server } = createWorld();
    const client = await connect();
    await clock.advance(120_000);
    expect(client.closed).toBeNull();
    expect(server.stats().pingsSent).toBeGreaterThanOrEqual(5);
    expect(server.stats().pingsSent).toBeLessThanOrEqual(8);
  });

  it("W-1.6 is closed 4411 when it answers no ping", async () => {
    const { connect, clock, server, network } = createWorld();
    const client = await connect();
    network.link()?.mutePongs();
    await clock.advance(29_000);
    expect(client.closed).toBeNull();
    await clock.advance(3_000);
    expect(client.closed?.code).toBe(4411);
    expect(server.stats().pingsSent).toBe(1);
  });

  it("W-7.5 is dropped when it does not answer the close either", async () => {
    const { connect, clock, server, network } = createWorld();
    await connect();
    const receipts: unknown[] = [];
    server.on("closed", (_session, receipt) => receipts.push(receipt));
    network.link()?.cut("both");
    await clock.advance(36_000);
    expect(receipts).toMatchObject([{ clean: false, farewell: "lost", closeCode: 1006 }]);
    expect(server.stats().closes).toEqual({ 4411: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("does not fall due while it talks", async () => {
    const { connect, clock, server, network } = createWorld();
    const client = await connect();
    network.link()?.mutePongs();
    for (let count = 0; count < 10; count += 1) {
      await clock.advance(10_000);
      await client.ask(count, "session.ping");
    }
    expect(client.closed).toBeNull();
    expect(server.stats().pingsSent).toBe(0);
  });
});

describe("a slow reader", () => {
  it("W-7.6 is closed 4408 over maxPendingBytes, and nobody else waits for it", async () => {
    const { connect, clock, server, network } = createWorld({ limits: { maxPendingBytes: 1_000 } });
    const slow = await connect();
    const quick = await connect();
    await slow.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await quick.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    network.link(1)?.hold("toClient");
    for (let count = 0; count < 20; count += 1) server.topic("a").publish("x".repeat(100));
    await clock.advance(5);
    expect(quick.heardOf("topic.event")).toHaveLength(20);
    expect(server.topic("a").subscribers).toBe(1);
    expect(server.stats()).toMatchObject({ slowClosed: 1 });
    network.link(1)?.release("toClient");
    await clock.advance(5);
    expect(slow.closed?.code).toBe(4408);
    expect(slow.heardOf("topic.event").length).toBeLessThan(8);
  });

  it("W-7.6 gets a lone message whatever its size, and counts bytes, not characters", async () => {
    const { connect, clock, server, network } = createWorld({ limits: { maxPendingBytes: 600 } });
    const client = await connect();
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    network.link()?.hold("toClient");
    server.topic("a").publish("x".repeat(300));
    server.topic("a").publish("x".repeat(100));
    expect(server.topic("a").subscribers).toBe(1);
    server.topic("a").publish("가".repeat(50));
    expect(server.topic("a").subscribers).toBe(0);
    network.link()?.release("toClient");
    await clock.advance(5);
    expect(client.closed?.code).toBe(4408);
    const large = await connect();
    await large.ask(1, "topic.subscribe", { topics: [{ topic: "b" }] });
    server.topic("b").publish("x".repeat(5_000));
    await clock.advance(5);
    expect(large.heardOf("topic.event")).toHaveLength(1);
  });
});
