import { describe, expect, it } from "vitest";
import { Session } from "../../src/index.ts";
import { FakeRefusal, FakeServer, MemoryNetwork, VirtualClock } from "../../src/testing/index.ts";
import { failureOf, settled } from "../session/support/world.ts";

async function connected(server = new FakeServer()) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock });
  network.listen(server.accept);
  const session = new Session({ url: "ws://memory/" }, { clock, transport: network.transport() });
  session.connect();
  await clock.advance(10);
  return { clock, network, session, server };
}

describe("FakeServer", () => {
  it("behaves untold: greets, authenticates, subscribes, pings and says bye", async () => {
    const { session, clock, server } = await connected();
    const authenticated = session.authenticate("any");
    const subscription = session.subscribe("a");
    await clock.advance(10);
    expect([settled(authenticated), settled(subscription.token)]).toEqual([
      ["acked", "frame"],
      ["acked", "frame"],
    ]);
    const closed = session.close();
    await clock.advance(20);
    expect(closed.outcome).toBe("acked");
    expect(server.methods).toEqual([
      "session.authenticate",
      "topic.subscribe",
      "topic.unsubscribe",
      "session.bye",
    ]);
    expect(server.closed).toEqual([1000]);
  });

  it("publishes to who is subscribed, and a number skipped is a gap", async () => {
    const { session, clock, server } = await connected();
    const told: unknown[] = [];
    const subscription = session.subscribe("a");
    subscription.on("event", ({ seq, data }) => void told.push([seq, data]));
    subscription.on("gap", ({ from, to }) => void told.push({ from, to }));
    server.publish("a", "nobody");
    await clock.advance(10);
    server.publish("a", "one");
    server.skip("a", 2).publish("a", "two");
    server.publish("other", 0);
    await clock.advance(10);
    expect(told).toEqual([[2, "one"], { from: 3, to: 4 }, [5, "two"]]);
    const left = subscription.unsubscribe();
    await clock.advance(10);
    server.publish("a", "late");
    await clock.advance(10);
    expect(told.at(-1)).toEqual([5, "two"]);
    expect(await left).toEqual({ lastSeq: { a: 5 } });
  });

  it("answers, at once or later, refuses, fails, and is silent as told", async () => {
    const { session, clock, server } = await connected();
    let finish = (_value: unknown): void => {};
    server
      .on("sum", ({ a, b }: { a: number; b: number }) => a + b)
      .on(
        "later",
        () =>
          new Promise((resolve) => {
            finish = resolve;
          }),
      )
      .on("break", () => {
        throw new Error("a secret");
      })
      .on("number", () => {
        throw new FakeRefusal("ODD", { why: 1 }, -32_099);
      })
      .on("rejects", () => Promise.reject(new FakeRefusal("FORBIDDEN")))
      .refuse("cancel", "TOO_LATE", { by: "5 ms" })
      .mute("session.ping");
    const tokens = ["later", "break", "number", "rejects", "cancel", "unheard"].map((method) =>
      session.request(method, {}, { deadlineMs: 50 }),
    );
    const sum = session.request("sum", { a: 2, b: 3 });
    await clock.advance(10);
    expect(await sum).toBe(5);
    finish({ at: "last" });
    await clock.advance(100);
    expect(await tokens[0]).toEqual({ at: "last" });
    const errors = await Promise.all(tokens.slice(1).map((token) => failureOf(token)));
    expect(errors.map(({ code, peer }) => [code, peer?.code, peer?.detail])).toEqual([
      ["METHOD_FAILED", "METHOD_FAILED", undefined],
      [errors[1]?.code, "ODD", { why: 1 }],
      ["REQUEST_REFUSED", "FORBIDDEN", undefined],
      ["REQUEST_REFUSED", "TOO_LATE", { by: "5 ms" }],
      ["DEADLINE_EXCEEDED", undefined, undefined],
    ]);
    expect(JSON.stringify(errors)).not.toContain("secret");
  });

  it("is told to be silent about everything, and to behave again", async () => {
    const { session, clock, server } = await connected();
    server.mute();
    const silent = session.subscribe("a", { deadlineMs: 20 }).token;
    await clock.advance(30);
    expect(silent.outcome).toBe("unknown");
    server.unmute("topic.subscribe").unmute("nothing.of.its.own");
    const answered = session.subscribe("b").token;
    await clock.advance(10);
    expect(answered.outcome).toBe("acked");
  });

  it("hands out calls as they come, and answers one by hand, twice if need be", async () => {
    const { session, clock, server } = await connected();
    const second = server.heardCall("order", 2);
    const first = session.request("order", { n: 1 });
    const token = session.request("order", { n: 2 });
    await clock.advance(5);
    const call = await second;
    expect([call.params, (await server.heardCall("order")).params]).toEqual([{ n: 2 }, { n: 1 }]);
    server.answer(call, "done").answer(call, "again");
    server.say("garbage").say({ jsonrpc: "2.0", id: 9, method: "call.you" });
    await clock.advance(5);
    expect([await token, first.outcome]).toEqual(["done", undefined]);
    expect(server.heardElse.length).toBe(1);
  });

  it("cuts every connection, and says so when nobody is there", async () => {
    const { clock, server, session } = await connected();
    server.cut();
    await clock.advance(5);
    expect([session.state, server.closed]).toEqual(["disconnected", [1006]]);
    expect(() => new FakeServer().say("hello")).toThrow("nobody has connected to the fake server");
  });

  it("is the same on real sockets", async () => {
    const server = new FakeServer().on("echo", (params) => params);
    const { url, close } = await server.listen();
    const session = new Session({ url });
    await session.connect();
    const subscription = session.subscribe("a");
    await subscription.token;
    const event = new Promise((resolve) => subscription.on("event", resolve));
    server.publish("a", { price: "1" });
    expect(await event).toEqual({ topic: "a", seq: 1, data: { price: "1" } });
    expect(await session.request("echo", { x: 1 })).toEqual({ x: 1 });
    expect((await session.close()).clean).toBe(true);
    await close();
  });
});
