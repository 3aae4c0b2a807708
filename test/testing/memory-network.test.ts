import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServerConnection } from "../../src/server/connections/server-connection.ts";
import { SharedFrame } from "../../src/server/fanout/shared-frame.ts";
import type { Connection } from "../../src/session/connection/transport.ts";
import type { FrameRecord } from "../../src/testing/memory-link.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import type { FrameFate } from "../../src/testing/memory-pipe.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

const target = { url: "ws://memory/path?x=1", subprotocols: ["orderly.v1", "other"] };

/** A connection whose both ends write down all that they hear, with the time. */
function createPair(latencyMs = 10): {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly log: string[];
  connect(): { readonly client: Connection; readonly server: () => ServerConnection };
} {
  const clock = new VirtualClock();
  const network = new MemoryNetwork({ clock, latencyMs });
  const log: string[] = [];
  const write = (text: string): void => {
    log.push(`${clock.now()} ${text}`);
  };
  let server: ServerConnection | undefined;
  network.listen((connection, info) => {
    server = connection;
    write(`accepted ${info.url} from ${info.address}`);
    return {
      received: (data) => write(`server got ${String(data)}`),
      ponged: () => write("server got a pong"),
      closed: (code, reason) => write(`server closed ${code} ${reason}`),
    };
  });
  return {
    clock,
    network,
    log,
    connect() {
      const client = network.transport().connect(target, {
        opened: (subprotocol) => write(`client opened ${subprotocol}`),
        received: (data) => write(`client got ${String(data)}`),
        closed: (code, reason, cause) =>
          write(`client closed ${code} ${reason}${cause?.message ?? ""}`),
      });
      return {
        client,
        server() {
          if (server === undefined) throw new Error("nobody accepted");
          return server;
        },
      };
    },
  };
}

describe("MemoryNetwork", () => {
  it("carries frames both ways, in order, each after the latency", async () => {
    const { clock, log, connect } = createPair();
    const { client, server } = connect();
    await clock.advance(20);
    client.send("a");
    client.send("b");
    server().send("c");
    server().sendShared(new SharedFrame("d"));
    await clock.advance(10);
    expect(log.slice(0, 2)).toEqual([
      "10 accepted /path?x=1 from 192.0.2.1",
      "20 client opened orderly.v1",
    ]);
    expect(log.filter((line) => line.includes("server got"))).toEqual([
      "30 server got a",
      "30 server got b",
    ]);
    expect(log.filter((line) => line.includes("client got"))).toEqual([
      "30 client got c",
      "30 client got d",
    ]);
  });

  it("shakes hands at a close, behind what was sent, whoever begins", async () => {
    for (const side of ["client", "server"] as const) {
      const { clock, log, connect, network } = createPair();
      const { client, server } = connect();
      await clock.advance(20);
      log.length = 0;
      const from = side === "client" ? client : server();
      from.send("last");
      from.close(4000, "done");
      from.close(1000, "again");
      from.send("too late");
      await clock.advance(100);
      const to = side === "client" ? "server" : "client";
      expect(log).toEqual([
        `30 ${to} got last`,
        `30 ${to} closed 4000 done`,
        `40 ${side} closed 4000 done`,
      ]);
      client.send("after");
      server().send("after");
      server().ping();
      client.terminate();
      server().terminate();
      await clock.advance(100);
      expect(log).toHaveLength(3);
      expect(network.link()?.isOpen).toBe(false);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it("tells each of two who close at once the other's code", async () => {
    const { clock, log, connect } = createPair();
    const { client, server } = connect();
    await clock.advance(20);
    log.length = 0;
    client.close(1000, "bye");
    server().close(4000, "out");
    await clock.advance(100);
    expect(log.toSorted()).toEqual(["30 client closed 4000 out", "30 server closed 1000 bye"]);
  });

  it("shows the other end of a terminated link what was sent, then 1006", async () => {
    const { clock, log, connect } = createPair();
    const { client, server } = connect();
    await clock.advance(20);
    log.length = 0;
    client.send("last");
    client.terminate();
    expect(log).toEqual([]);
    await clock.advance(100);
    expect(log).toEqual(["20 client closed 1006 ", "30 server got last", "30 server closed 1006 "]);
    server().send("into the void");
    await clock.advance(100);
    expect(log).toHaveLength(3);
    const second = connect();
    await clock.advance(20);
    log.length = 0;
    second.server().terminate();
    await clock.advance(100);
    expect(log.map((line) => line.replace(/^\d+ /, ""))).toEqual([
      "server closed 1006 ",
      "client closed 1006 ",
    ]);
  });

  it("loses what is on its way at a cut, and tells whom it should", async () => {
    const expected = {
      none: ["client closed 1006 ", "server closed 1006 "],
      client: ["server closed 1006 "],
      server: ["client closed 1006 "],
      both: [],
    } as const;
    for (const [silence, lines] of Object.entries(expected)) {
      const { clock, log, connect, network } = createPair();
      const { client, server } = connect();
      await clock.advance(20);
      log.length = 0;
      client.send("lost");
      server().send("lost");
      network.link()?.cut(silence as keyof typeof expected);
      client.send("lost, too");
      server().ping();
      await clock.advance(100);
      expect(log.map((line) => line.slice(3)).toSorted()).toEqual(lines);
      client.terminate();
      server().terminate();
      await clock.advance(100);
      expect(log).toHaveLength(2);
    }
  });

  it("cuts after so many frames one way", async () => {
    const { clock, log, connect, network } = createPair();
    const { client } = connect();
    await clock.advance(20);
    log.length = 0;
    network.link()?.cutAfter("toServer", 2);
    for (const text of ["a", "b", "c"]) client.send(text);
    await clock.advance(100);
    expect(log.filter((line) => line.includes("got"))).toEqual([
      "30 server got a",
      "30 server got b",
    ]);
    expect(network.link()?.arrived("toServer")).toBe(2);
    connect();
    await clock.advance(20);
    log.length = 0;
    network.link()?.cutAfter("toClient", 0);
    await clock.advance(1);
    expect(log).toHaveLength(2);
  });

  it("holds one way, counts what piles up, and delivers it in order", async () => {
    const { clock, log, connect, network } = createPair();
    const { client, server } = connect();
    await clock.advance(20);
    log.length = 0;
    network.link()?.hold("toClient");
    server().send("12345");
    server().send("678");
    await clock.advance(50);
    expect(server().bufferedBytes).toBe(8);
    expect(client.bufferedBytes).toBe(0);
    expect(network.link()?.pending("toClient")).toBe(2);
    network.link()?.release("toClient");
    await clock.advance(10);
    expect(server().bufferedBytes).toBe(0);
    expect(log).toEqual(["70 client got 12345", "70 client got 678"]);
    client.pause?.();
    server().send("waits");
    await clock.advance(50);
    expect(log).toHaveLength(2);
    client.resume?.();
    await clock.advance(1);
    expect(log).toHaveLength(3);
  });

  it("answers pings, unless it is mute", async () => {
    const { clock, log, connect, network } = createPair();
    const { server } = connect();
    await clock.advance(20);
    log.length = 0;
    server().ping();
    await clock.advance(20);
    network.link()?.mutePongs();
    server().ping();
    await clock.advance(20);
    expect(log).toEqual(["40 server got a pong"]);
  });

  it("refuses where nobody listens, or as told", async () => {
    const { clock, log, connect, network } = createPair();
    network.isRefusing = true;
    connect();
    await clock.advance(100);
    network.isRefusing = false;
    network.listen(null);
    connect();
    await clock.advance(100);
    expect(log).toEqual([
      "20 client closed 1006 connection refused",
      "120 client closed 1006 connection refused",
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends a connection that is closed before it opened", async () => {
    const { clock, log, connect } = createPair();
    const { client } = connect();
    client.close(1000, "");
    await clock.advance(100);
    expect(log).toEqual([
      "0 client closed 1006 ",
      "10 accepted /path?x=1 from 192.0.2.1",
      "10 server closed 1006 ",
    ]);
  });

  it.each<[string, FrameFate, string[]]>([
    ["delivers", "deliver", ["30 a", "30 b", "30 c"]],
    ["drops", "drop", ["30 a", "30 c"]],
    ["duplicates", "duplicate", ["30 a", "30 b", "30 b", "30 c"]],
    ["swaps", "swap", ["30 a", "30 c", "30 b"]],
    ["delays", { delayMs: 5 }, ["30 a", "30 c", "35 b"]],
  ])("%s the frame that a rule picks", async (_name, fate, expected) => {
    const { clock, log, connect, network } = createPair();
    const { client } = connect();
    await clock.advance(20);
    log.length = 0;
    network.rule = ({ text }) => (text === "b" ? fate : "deliver");
    for (const text of ["a", "b", "c"]) client.send(text);
    await clock.advance(50);
    expect(log.map((line) => line.replace("server got ", ""))).toEqual(expected);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps a delayed frame behind a hold, and loses it at a cut", async () => {
    const { clock, log, connect, network } = createPair();
    const { client } = connect();
    await clock.advance(20);
    log.length = 0;
    network.rule = () => ({ delayMs: 5 });
    client.send("a");
    network.link()?.hold("toServer");
    await clock.advance(50);
    expect(log).toEqual([]);
    network.link()?.release("toServer");
    await clock.advance(50);
    expect(log).toHaveLength(1);
    client.send("b");
    expect(network.link()?.pending("toServer")).toBe(1);
    network.link()?.cut("both");
    await clock.advance(50);
    expect(log).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("shows observers every frame, sent and arrived, until they stop", async () => {
    const { clock, connect, network } = createPair();
    const seen: string[] = [];
    const stop = network.observe(
      ({ connection, direction, index, type, text }: FrameRecord, event) => {
        seen.push(`${connection} ${direction} ${index} ${type} ${text} ${event}`);
      },
    );
    const { client } = connect();
    await clock.advance(20);
    client.send("a");
    network.link(1)?.inject("toClient", new Uint8Array(3));
    await clock.advance(10);
    stop();
    client.close(1000, "bye");
    await clock.advance(50);
    expect(seen).toEqual([
      "1 toServer 1 data a sent",
      "1 toClient 1 data (3 bytes) sent",
      "1 toServer 1 data a arrived",
      "1 toClient 1 data (3 bytes) arrived",
    ]);
    expect(network.links).toHaveLength(1);
    expect(network.link(2)).toBeUndefined();
  });

  it("delivers every frame once and in order, whatever is held and released", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("send", "hold", "release", "wait"), { maxLength: 60 }),
        async (steps) => {
          const { clock, log, connect, network } = createPair(3);
          const { client } = connect();
          await clock.advance(6);
          log.length = 0;
          let sent = 0;
          for (const step of steps) {
            if (step === "send") client.send(String(sent++));
            else if (step === "wait") await clock.advance(1);
            else network.link()?.[step]("toServer");
          }
          network.link()?.release("toServer");
          await clock.advance(10);
          const got = log.map((line) => Number(line.replace(/^\d+ server got /, "")));
          expect(got).toEqual(Array.from({ length: sent }, (_, index) => index));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("refuses a latency that is none, and a URL that is no WebSocket's", () => {
    const clock = new VirtualClock();
    expect(() => new MemoryNetwork({ clock, latencyMs: -1 })).toThrow("got -1");
    const transport = new MemoryNetwork({ clock }).transport();
    const listener = { opened: () => {}, received: () => {}, closed: () => {} };
    expect(() => transport.connect({ url: "http://a/", subprotocols: [] }, listener)).toThrow(
      TypeError,
    );
    expect(() => transport.connect({ url: "nonsense", subprotocols: [] }, listener)).toThrow(
      TypeError,
    );
  });
});

describe("VirtualClock", () => {
  it("fires what is due in order, and goes from timer to timer until none waits", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimer(() => fired.push("late"), 50);
    clock.setTimer(() => fired.push("first"), 10);
    clock.setTimer(() => fired.push("second"), 10);
    const cancelled = clock.setTimer(() => fired.push("never"), 20);
    clock.clearTimer(cancelled);
    expect(clock.nextDueMs).toBe(10);
    await clock.advance(10);
    expect(fired).toEqual(["first", "second"]);
    await clock.runAll();
    expect(fired).toEqual(["first", "second", "late"]);
    expect(clock.now()).toBe(50);
    expect(clock.nextDueMs).toBeNull();
    clock.setTimer(() => fired.push("too late"), 1_000);
    await clock.runAll(500);
    expect(clock.pendingTimers).toBe(1);
    await expect(clock.advance(-1)).rejects.toThrow("got -1");
  });
});
