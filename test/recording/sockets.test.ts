import { describe, expect, it } from "vitest";
import { type Connection, createWsTransport, Session, type Transport } from "../../src/index.ts";
import { recordSession, replaySession } from "../../src/recording/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";

describe("a recording of real sockets", () => {
  it("replays byte for byte: the system's clock, randomness and sockets, a lost link, a slow handler", async () => {
    const server = new SessionServer({
      authenticate: ({ token }) => (token === "good-token" ? { userId: "u" } : null),
      authorize: "public",
    });
    server.method("echo", (params) => params);
    const { port } = await server.listen(0, "127.0.0.1");
    const lines: string[] = [];
    const connections: Connection[] = [];
    const sockets = createWsTransport();
    const transport: Transport = {
      connect: (target, listener) => {
        const connection = sockets.connect(target, listener);
        connections.push(connection);
        return connection;
      },
    };
    const recorded = recordSession(
      (options, environment) => new Session(options, environment),
      {
        url: `ws://127.0.0.1:${port}/`,
        credentials: async () => "good-token",
        reconnect: { initialDelayMs: 5, maxDelayMs: 10 },
      },
      { write: (line) => lines.push(line), environment: { transport } },
    );
    const { session } = recorded;
    await session.connect();
    const quotes = session.subscribe("quotes:A");
    await quotes.token;
    const seen: unknown[] = [];
    let three = (): void => {};
    let five = (): void => {};
    const hasThree = new Promise<void>((resolve) => {
      three = resolve;
    });
    const hasFive = new Promise<void>((resolve) => {
      five = resolve;
    });
    quotes.on("event", async ({ data }) => {
      await session.request("echo", { data });
      seen.push(data);
      if (seen.length === 3) three();
      if (seen.length === 5) five();
    });
    const topic = server.topic("quotes:A");
    for (const price of [1, 2, 3]) topic.publish(price);
    await Promise.all([1, 2, 3, 4].map((number) => session.request("echo", { number })));
    await hasThree;
    const lost = session.waitFor("disconnected");
    connections.at(-1)?.terminate();
    await lost;
    await session.waitFor("subscribed");
    topic.publish(4);
    topic.publish(5);
    await hasFive;
    const receipt = await session.close();
    recorded.end();
    await server.close();
    expect(receipt.clean).toBe(true);
    const replay = await replaySession(lines.join(""));
    expect(replay.isComplete).toBe(true);
    expect(replay.session.epoch).toBe(2);
    expect(replay.session.stats()).toEqual(session.stats());
  });
});
