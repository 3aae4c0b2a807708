import { describe, expect, it } from "vitest";
import type { ConnectionListener, Transport } from "../../src/session/connection/transport.ts";
import type { CompletionToken } from "../../src/session/tokens/completion-token.ts";
import { expectCounted, newSession } from "./support/client.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { seqsOf } from "./support/seqs-of.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

const { fraction } = seededRandom(3);

describe("reconnect", () => {
  it("accepts what a listener asks for while it begins to connect again", async () => {
    const { session, clock, network, server } = await withServer();
    server.method("echo", (params) => params);
    const tokens: CompletionToken<unknown>[] = [];
    session.on("state", ({ to }) => {
      if (to === "connecting") tokens.push(session.request("echo", { number: 1 }));
    });
    network.link()?.cut();
    await clock.advance(1_000);
    expect(tokens.map(settled)).toEqual([["acked", "frame"]]);
  });

  it("waits between 0 and a bound that doubles from 0.5 s to 20 s, by full jitter", async () => {
    let asked = 0;
    const fractions = Array.from({ length: 12 }, () => fraction());
    const random = { ...seededRandom(1), fraction: () => fractions[asked++] ?? 0 };
    const { session, clock, network } = await withServer({ environment: { random } });
    const delays: number[] = [];
    session.on("state", ({ to }) => {
      if (to === "disconnected") delays.push((session.reconnectAt ?? Number.NaN) - clock.now());
    });
    network.isRefusing = true;
    network.link()?.cut();
    while (delays.length < 8) await clock.advance(20_000);
    const bounds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000];
    expect(delays.slice(0, 8)).toEqual(
      bounds.map((bound, index) => expect.closeTo(bound * (fractions[index] ?? 0), 6)),
    );
  });

  it("starts over from the first bound only after a connection has lived for 5 s", async () => {
    const random = { ...seededRandom(1), fraction: () => 0.999 };
    const { session, clock, network } = await withServer({ environment: { random } });
    const delays: number[] = [];
    session.on("state", ({ to }) => {
      if (to === "disconnected") delays.push((session.reconnectAt ?? Number.NaN) - clock.now());
    });
    for (const uptimeMs of [10, 10, 4_000, 6_000]) {
      await clock.advance(uptimeMs);
      network.link()?.cut();
      await clock.advance(0);
      expect(session.state).toBe("disconnected");
      await clock.advance((session.reconnectAt ?? 0) - clock.now() + 2);
      expect(session.state).toBe("connected");
    }
    expect(delays.map((delay) => Math.round(delay))).toEqual([500, 999, 1_998, 500]);
  });

  it("asks shouldReconnect with the close code, and goes to error where it says no", async () => {
    const codes: number[] = [];
    const { session, clock, errors, peer } = await withPeer({
      reconnect: {
        shouldReconnect: (code) => {
          codes.push(code);
          return code === 4_000;
        },
      },
    });
    peer.connection.close(4_000, "");
    await clock.advance(1_000);
    expect(session.state).toBe("connected");
    const request = session.request("m");
    peer.connection.close(4_001, "banned");
    await clock.advance(10);
    expect([codes, session.state]).toEqual([[4_000, 4_001], "error"]);
    expect(settled(request)).toEqual(["unknown", "LINK_LOST"]);
    expect(errors).toEqual(["CONNECTION_LOST", "LINK_LOST", "CONNECTION_LOST"]);
    expect(session.connect().error?.code).toBe("SESSION_FAILED");
  });

  it("goes to error where shouldReconnect throws", async () => {
    const { session, clock, network } = await withServer({
      reconnect: {
        shouldReconnect: () => {
          throw new Error("undecided");
        },
      },
    });
    network.link()?.cut();
    await clock.advance(1);
    expect(session.state).toBe("error");
    const { error } = session.request("m");
    expect(error?.cause).toMatchObject({
      code: "CONNECTION_LOST",
      cause: { message: "undecided" },
    });
  });

  it.each([
    [1_000, true],
    [1_001, true],
    [1_006, true],
    [1_009, false],
    [1_012, true],
    [4_401, false],
    [4_403, false],
    [4_408, true],
    [4_410, false],
    [4_999, true],
  ])("after close code %i by default: %s", async (code, retried) => {
    const { session, clock, peer } = await withPeer();
    peer.connection.close(code, "");
    await clock.advance(10);
    expect(session.state).toBe(retried ? "disconnected" : "error");
  });

  it("goes to error when maxAttempts in a row have failed, and everything that waits fails", async () => {
    const { session, clock, network, errors } = await withServer({ reconnect: { maxAttempts: 3 } });
    network.isRefusing = true;
    network.link()?.cut();
    await clock.advance(1);
    const request = session.request("m", undefined, { deadlineMs: Infinity });
    await clock.advance(60_000);
    expect([session.state, network.links.length]).toEqual(["error", 4]);
    expect(settled(request)).toEqual(["failed", "SESSION_FAILED"]);
    expect(errors.filter((code) => code === "CONNECTION_LOST")).toHaveLength(4);
    expect(clock.pendingTimers).toBe(0);
  });

  it("does not happen with maxAttempts 0", async () => {
    const { session, clock, network } = await withServer({ reconnect: { maxAttempts: 0 } });
    network.link()?.cut();
    await clock.advance(1);
    expect([session.state, session.reconnectAt]).toEqual(["error", null]);
  });

  it("subscribes again in one batch, each topic from the last event accepted", async () => {
    const { session, clock, peer, network } = await withPeer();
    session.subscribe("a").on("event", () => {});
    session.subscribe(["b", "c"]).on("event", () => {});
    const gone = session.subscribe("gone");
    await clock.advance(10);
    peer.event("a", 1);
    peer.event("a", 2);
    gone.unsubscribe();
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1_000);
    expect(
      peer.calls("topic.subscribe").filter(({ connection }) => connection === 2),
    ).toMatchObject([
      {
        params: {
          topics: [
            { topic: "a", since: { epoch: "e", seq: 2 } },
            { topic: "b", since: { epoch: "e", seq: 0 } },
            { topic: "c", since: { epoch: "e", seq: 0 } },
          ],
        },
      },
    ]);
    expect(session.state).toBe("subscribed");
  });

  it("tells what was missed: nothing where the peer goes on, a gap where it cannot, an open one where its history is lost", async () => {
    const { session, clock, peer, network } = await withPeer();
    const subscription = session.subscribe(["kept", "missed", "lost"]);
    const gaps: unknown[] = [];
    const seen: string[] = [];
    subscription.on("gap", ({ topic, from, to }) => {
      gaps.push([topic, from, to]);
    });
    subscription.on("event", ({ topic, seq }) => {
      seen.push(`${topic}${seq}`);
    });
    await clock.advance(10);
    for (const topic of ["kept", "missed", "lost"]) peer.event(topic, 1);
    await clock.advance(10);
    peer.on("topic.subscribe", () => ({
      topics: [
        { topic: "kept", epoch: "e", seq: 1, recovered: true },
        { topic: "missed", epoch: "e", seq: 4, recovered: false },
        { topic: "lost", epoch: "another", seq: 9, recovered: false },
      ],
    }));
    network.link()?.cut();
    await clock.advance(1_000);
    peer.event("kept", 2);
    peer.event("lost", 10);
    await clock.advance(10);
    expect(gaps).toEqual([
      ["missed", 2, 4],
      ["lost", 2, null],
    ]);
    expect(seen.slice(3)).toEqual(["kept2", "lost10"]);
  });

  it("keeps what was received before the loss, in front of what the next connection brings", async () => {
    const { session, clock, server, network } = await withServer();
    const seen: number[] = [];
    let goOn: () => void = () => {};
    session.subscribe("a").on("event", ({ seq }) => {
      seen.push(seq);
      return new Promise<void>((resolve) => (goOn = resolve));
    });
    await clock.advance(10);
    for (const data of [1, 2]) server.topic("a").publish(data);
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1_000);
    server.topic("a").publish(3);
    await clock.advance(10);
    for (let turn = 0; turn < 3; turn += 1) {
      goOn();
      await clock.advance(0);
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  it("ends a topic that the peer refuses now, with the reason, and keeps the others", async () => {
    let allowed = true;
    const { session, clock, network, server } = await withServer(
      {},
      { authorize: (_session, topic) => allowed || topic === "b" },
    );
    const subscription = session.subscribe(["a", "b"]);
    const closed: unknown[] = [];
    const seen = seqsOf(subscription);
    subscription.on("closed", ({ topic, code }) => {
      closed.push([topic, code]);
    });
    await clock.advance(10);
    allowed = false;
    network.link()?.cut();
    await clock.advance(1_000);
    server.topic("b").publish(1);
    await clock.advance(10);
    expect([closed, seen, session.state]).toEqual([[["a", "FORBIDDEN"]], [1], "subscribed"]);
  });

  it("ignores everything that an old connection still says: messages, an answer, its end", async () => {
    const listeners: ConnectionListener[] = [];
    const { session, clock, peer, network } = await withPeer({ connected: false });
    const inner = network.transport();
    const transport: Transport = {
      connect: (target, listener) => {
        listeners.push(listener);
        return inner.connect(target, listener);
      },
    };
    const late = newSession({ url: "ws://memory/" }, { clock, random: seededRandom(1), transport });
    late.connect();
    await clock.advance(10);
    const seen = seqsOf(late.subscribe("a"));
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(1_000);
    expect([late.state, late.epoch]).toEqual(["subscribed", 2]);
    const request = late.request("m");
    await clock.advance(10);
    const { id } = peer.calls("m")[0] ?? {};
    listeners[0]?.received(
      '{"jsonrpc":"2.0","method":"topic.event","params":{"topic":"a","seq":9,"data":9}}',
    );
    listeners[0]?.received(`{"jsonrpc":"2.0","id":${id},"result":"of the old connection"}`);
    listeners[0]?.opened("orderly.v1");
    listeners[0]?.closed(4_401, "");
    await clock.advance(10);
    expect([seen, request.outcome, late.state]).toEqual([[], undefined, "subscribed"]);
    expectCounted(late, { messagesReceived: 4 });
    expect(session.state).toBe("disconnected");
  });

  it("introduces the session by the same secret on every connection", async () => {
    const { clock, peer, network } = await withPeer();
    network.link()?.cut();
    await clock.advance(1_000);
    const [first, second] = peer.calls("session.hello");
    expect(first?.params).toEqual({ session: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(second?.params).toEqual(first?.params);
  });
});
