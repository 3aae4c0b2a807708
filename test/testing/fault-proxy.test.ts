import { describe, expect, it } from "vitest";
import { Session, type SessionOptions } from "../../src/index.ts";
import {
  FakeServer,
  FaultProxy,
  type FaultRule,
  MemoryNetwork,
  VirtualClock,
} from "../../src/testing/index.ts";
import { settled } from "../session/support/world.ts";

async function inMemory(options: Partial<SessionOptions> = {}) {
  const clock = new VirtualClock();
  const [front, back] = [new MemoryNetwork({ clock }), new MemoryNetwork({ clock })];
  const proxy = new FaultProxy({ clock });
  const server = new FakeServer().on("echo", (params) => params);
  back.listen(server.accept);
  front.listen(proxy.acceptor(back.transport()));
  const session = new Session(
    { url: "ws://memory/", reconnect: { initialDelayMs: 10 }, ...options },
    { clock, transport: front.transport() },
  );
  session.connect();
  await clock.advance(20);
  const told: unknown[] = [];
  const subscription = session.subscribe("a");
  subscription.on("event", ({ seq }) => void told.push(seq));
  subscription.on("gap", ({ from, to }) => void told.push({ from, to }));
  await clock.advance(20);
  const publish = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) server.publish("a", n);
    await clock.advance(20);
  };
  return { clock, proxy, server, session, subscription, told, publish, front, back };
}

const EVENTS: Omit<FaultRule, "action"> = { direction: "toClient", method: "topic.event" };

describe("FaultProxy in memory", () => {
  it("is not there without a rule", async () => {
    const { session, clock, told, publish, proxy, server } = await inMemory();
    await publish(3);
    const echo = session.request("echo", { a: 1 });
    await clock.advance(20);
    const closed = session.close();
    await clock.advance(50);
    expect([told, echo.outcome, closed.outcome]).toEqual([[1, 2, 3], "acked", "acked"]);
    expect([proxy.connections, proxy.totalConnections, server.closed]).toEqual([0, 1, [1000]]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("drops the nth frame that fits, and counts", async () => {
    const { told, publish, proxy } = await inMemory();
    const fault = proxy.add({ ...EVENTS, topic: "a", nth: 2, action: "drop" });
    const other = proxy.add({ ...EVENTS, topic: "b", action: "drop" });
    await publish(4);
    expect([told, fault.hits, other.hits]).toEqual([[1, { from: 2, to: 2 }, 3, 4], 1, 0]);
  });

  it("duplicates, for so many frames", async () => {
    const { told, publish, proxy, session } = await inMemory();
    proxy.add({ ...EVENTS, action: "duplicate", times: 2 });
    await publish(3);
    expect([told, session.stats().duplicateEvents]).toEqual([[1, 2, 3], 2]);
  });

  it("corrupts a message, so that nobody can read it", async () => {
    const { told, publish, proxy, session } = await inMemory();
    const errors: string[] = [];
    session.on("error", ({ code }) => errors.push(code));
    proxy.add({ ...EVENTS, action: "corrupt", nth: 1 });
    await publish(2);
    expect([told, errors]).toEqual([[{ from: 1, to: 1 }, 2], ["PROTOCOL_VIOLATION"]]);
  });

  it("puts another message in its place", async () => {
    const { told, publish, proxy } = await inMemory();
    proxy.add({
      ...EVENTS,
      nth: 1,
      action: {
        replace: (data: string | Uint8Array) => String(data).replace('"seq":1', '"seq":7'),
      },
    });
    await publish(1);
    expect(told).toEqual([{ from: 1, to: 6 }, 7]);
  });

  it("delays a frame and what is behind it, in order", async () => {
    const { told, publish, proxy, clock } = await inMemory();
    proxy.add({ ...EVENTS, nth: 2, action: { delayMs: 500 } });
    await publish(3);
    expect([told, proxy.waiting("toClient")]).toEqual([[1], 2]);
    await clock.advance(500);
    expect([told, proxy.waiting("toClient")]).toEqual([[1, 2, 3], 0]);
  });

  it("delays each frame from when it came, so that a slow link does not fall behind", async () => {
    const { told, publish, proxy, clock } = await inMemory();
    proxy.add({ ...EVENTS, action: { delayMs: 500 } });
    await publish(3);
    await publish(1);
    expect([told, proxy.waiting("toClient")]).toEqual([[], 4]);
    await clock.advance(470);
    expect([told, proxy.waiting("toClient")]).toEqual([[1, 2, 3], 1]);
    await clock.advance(20);
    expect(told).toEqual([1, 2, 3, 4]);
  });

  it("stalls a direction until it is released; the other one goes on", async () => {
    const { told, publish, proxy, clock, server, session } = await inMemory();
    const fault = proxy.add({
      direction: "toClient",
      when: ({ topics }) => topics.includes("a"),
      action: "stall",
    });
    await publish(2);
    session.notify("still.heard");
    await clock.advance(20);
    expect([told, server.methods.at(-1)]).toEqual([[], "still.heard"]);
    fault.remove();
    proxy.release("toServer");
    proxy.release("toClient");
    await clock.advance(5);
    // The second was decided on when it came.
    expect(told).toEqual([1]);
    proxy.release();
    await clock.advance(5);
    expect(told).toEqual([1, 2]);
  });

  it("cuts at an answer: the method that was answered is the answer's", async () => {
    const { proxy, session, subscription, clock, server } = await inMemory();
    proxy.add({ direction: "toClient", method: "topic.unsubscribe", action: "cut", nth: 1 });
    const left = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(left)).toEqual(["unknown", "LINK_LOST"]);
    await clock.advance(200);
    expect(server.calls("topic.subscribe").length).toBe(1);
    expect([session.epoch, server.closed]).toEqual([2, [1006]]);
  });

  it("drops a Close, and the other side stays open until it notices by itself", async () => {
    const { proxy, server, session, clock } = await inMemory();
    proxy.add({ type: "close", direction: "toServer", action: "drop" });
    session.close();
    await clock.advance(100);
    expect([session.state, server.closed, proxy.connections]).toEqual(["closed", [], 1]);
    proxy.cut(2);
    expect(proxy.connections).toBe(1);
    proxy.cut(1);
    await clock.advance(10);
    expect([server.closed, proxy.connections]).toEqual([[1006], 0]);
  });

  it("hands on close codes, lost links and refused connections", async () => {
    const { server, session, clock, back, front } = await inMemory();
    server.connection.close(4408, "too slow");
    await clock.advance(200);
    expect([session.state, server.connections.length]).toEqual(["subscribed", 2]);
    front.link()?.cut("client");
    await clock.advance(10);
    expect(server.closed).toEqual([4408, 1006]);
    back.isRefusing = true;
    await clock.advance(60_000);
    expect(server.connections.length).toBe(2);
    expect(session.state === "disconnected" || session.state === "connecting").toBe(true);
  });

  it("carries binary messages and batches as they are", async () => {
    const { front, server, proxy, clock } = await inMemory();
    const fault = proxy.add({ method: "x.second", action: "drop" });
    front.link()?.inject("toServer", Uint8Array.of(1, 2, 3));
    front
      .link()
      ?.inject(
        "toServer",
        '[{"jsonrpc":"2.0","method":"x.first"},{"jsonrpc":"2.0","method":"x.second","params":{"topic":1,"topics":[{},null,{"topic":"t"}]}}]',
      );
    front.link()?.inject("toServer", "null");
    await clock.advance(10);
    expect([server.heardElse, fault.hits]).toEqual([["(3 bytes)", "null"], 1]);
  });

  it("holds back no more than its bound", async () => {
    const clock = new VirtualClock();
    const [front, back] = [new MemoryNetwork({ clock }), new MemoryNetwork({ clock })];
    const proxy = new FaultProxy({ clock, maxWaitingFrames: 3 });
    const server = new FakeServer();
    back.listen(server.accept);
    front.listen(proxy.acceptor(back.transport()));
    proxy.add({ direction: "toServer", action: "stall" });
    let closeCode = 0;
    const connection = front.transport().connect(
      { url: "ws://memory/", subprotocols: ["orderly.v1"] },
      {
        opened: () => {},
        received: () => {},
        closed: (code) => {
          closeCode = code;
        },
      },
    );
    await clock.advance(10);
    for (let n = 0; n < 4; n += 1) connection.send("{}");
    await clock.advance(10);
    expect([closeCode, proxy.waiting("toServer"), server.closed]).toEqual([1006, 0, [1006]]);
  });

  it("does what the first rule says, and nothing once the rules are gone", async () => {
    const { told, publish, proxy } = await inMemory();
    proxy.add({ ...EVENTS, connection: 1, action: "drop", times: 1 });
    proxy.add({ ...EVENTS, action: "duplicate" });
    proxy.add({ ...EVENTS, connection: 2, action: "cut" });
    await publish(2);
    proxy.clear();
    await publish(1);
    expect(told).toEqual([{ from: 1, to: 1 }, 2, 3]);
  });

  it.each([
    [{ action: "drop", nth: 0 }, "nth must be an integer from 1 up, got 0"],
    [{ action: "drop", times: 1.5 }, "times must be an integer from 1 up, got 1.5"],
    [{ action: { delayMs: -1 } }, "delayMs must be a finite number from 0 up, got -1"],
    [{ action: "lose" }, "action must be one of drop, duplicate, corrupt, cut, stall, got lose"],
    [
      { action: "drop", direction: "toPeer" },
      "direction must be one of toServer, toClient, got toPeer",
    ],
    [{ action: "drop", type: "ping" }, "type must be one of message, close, got ping"],
  ])("refuses the rule %j", (rule, text) => {
    expect(() => new FaultProxy().add(rule as FaultRule)).toThrow(new RangeError(text));
    expect(() => new FaultProxy({ maxWaitingFrames: 0 })).toThrow(RangeError);
  });

  it.each([{}, { action: {} }, { action: null }, { action: 7 }, { action: { replace: "x" } }])(
    "refuses the rule %j, which does nothing",
    (rule) => {
      expect(() => new FaultProxy().add(rule as never)).toThrow(
        new TypeError(
          'action must be one of the texts, an object with a number "delayMs", or one with a function "replace"',
        ),
      );
    },
  );
});
