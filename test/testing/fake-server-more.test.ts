import { describe, expect, it } from "vitest";
import { FakeServer, FaultProxy, MemoryNetwork, VirtualClock } from "../../src/testing/index.ts";

describe("FakeServer on sockets", () => {
  it("answers what is no WebSocket with 426, pings, and drops who is connected when it closes", async () => {
    const server = new FakeServer();
    const { url, close } = await server.listen();
    const { status } = await fetch(url.replace("ws:", "http:"));
    expect(status).toBe(426);
    const { WebSocket } = await import("ws");
    const socket = new WebSocket(url, "orderly.v1");
    await new Promise((resolve) => socket.once("open", resolve));
    const pinged = new Promise((resolve) => socket.once("ping", resolve));
    server.connection.ping();
    await pinged;
    expect(server.connection.bufferedBytes).toBe(0);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await close();
    expect(await closed).toBe(1006);
    await expect(server.listen(1, "203.0.113.1")).rejects.toThrow();
  });
});

describe("FaultProxy", () => {
  it("lets go of a connection whose client left before the server behind had answered", async () => {
    const clock = new VirtualClock();
    const front = new MemoryNetwork({ clock });
    const back = new MemoryNetwork({ clock, latencyMs: 100 });
    const proxy = new FaultProxy({ clock });
    const server = new FakeServer();
    back.listen(server.accept);
    front.listen(proxy.acceptor(back.transport()));
    const connection = front
      .transport()
      .connect(
        { url: "ws://memory/", subprotocols: ["orderly.v1"] },
        { opened: () => {}, received: () => {}, closed: () => {} },
      );
    await clock.advance(5);
    connection.send("{}");
    connection.terminate();
    await clock.advance(1_000);
    expect([proxy.connections, proxy.totalConnections, server.closed.length]).toEqual([0, 1, 1]);
    expect(clock.pendingTimers).toBe(0);
  });
});
