import { describe, expect, it } from "vitest";
import type { ConnectionListener, Transport } from "../../../src/session/connection/transport.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { expectCounted, newSession } from "../support/client.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { withPeer } from "../support/world.ts";

/** Opens at once, and says that the connection is gone from inside the `send` of its first ping. */
function losingAtPing(listeners: ConnectionListener[]): Transport {
  return {
    connect(_target, listener) {
      listeners.push(listener);
      listener.opened("orderly.v1");
      return {
        bufferedBytes: 0,
        send(text) {
          if (text.includes("session.ping") && listeners.length === 1) listener.closed(1006, "");
        },
        close() {},
        terminate() {},
      };
    },
  };
}

describe("heartbeat", () => {
  it("asks for a sign of life after 20 s of silence, and drops the link 10 s later", async () => {
    const { session, clock, peer, errors } = await withPeer();
    peer.mute("session.ping");
    // The connection has been open since 2 ms, and the hello was answered at 4 ms.
    await clock.advance(20_001 - clock.now());
    expect(peer.methods).toEqual([]);
    await clock.advance(2);
    expect(peer.methods).toEqual(["session.ping"]);
    await clock.advance(9_998);
    expect([session.epoch, errors]).toEqual([1, []]);
    await clock.advance(2);
    expect(errors).toEqual(["HEARTBEAT_TIMEOUT", "CONNECTION_LOST"]);
    expect(peer.closed).toEqual([1_006]);
  });

  it("asks no later than after 20 s of silence, whenever that began", async () => {
    for (const lastWordAt of [1_000, 4_999, 7_000, 12_345, 19_999]) {
      const { clock, peer } = await withPeer();
      await clock.advance(lastWordAt - clock.now() - 1);
      peer.event("nobody's", 1);
      await clock.advance(15_000);
      expect(peer.methods).toEqual([]);
      await clock.advance(5_001);
      expect(peer.methods).toEqual(["session.ping"]);
    }
  });

  it("is content with any message", async () => {
    const { session, clock, peer } = await withPeer();
    peer.mute("session.ping");
    for (let second = 0; second < 120; second += 1) {
      peer.event("nobody's", second + 1);
      await clock.advance(1_000);
    }
    expect([peer.calls("session.ping").length, session.epoch]).toEqual([0, 1]);
  });

  it("goes on when the ping is answered", async () => {
    const { session, clock, peer } = await withPeer();
    await clock.advance(200_000);
    expect(peer.calls("session.ping").length).toBeGreaterThanOrEqual(7);
    expect(session.epoch).toBe(1);
    expectCounted(session, { operationsInFlight: 0 });
  });

  it("goes on when something else comes instead of the answer", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("session.ping", () => {
      peer.event("nobody's", 1);
      return undefined;
    });
    await clock.advance(200_000);
    expect(session.epoch).toBe(1);
  });

  it("can be turned off", async () => {
    const { session, clock, peer } = await withPeer({ pingIntervalMs: Infinity });
    await clock.advance(3_600_000);
    expect([peer.methods, session.epoch, clock.pendingTimers]).toEqual([[], 1, 0]);
  });

  it("watches one connection at a time, though a transport loses one from inside the send of a ping", async () => {
    const clock = new VirtualClock();
    const listeners: ConnectionListener[] = [];
    const session = newSession(
      {
        url: "ws://memory/",
        pingIntervalMs: 100,
        pongTimeoutMs: 50,
        reconnect: { initialDelayMs: 1, maxDelayMs: 1 },
      },
      { clock, random: seededRandom(1), transport: losingAtPing(listeners) },
    );
    const errors: string[] = [];
    session.on("error", ({ code }) => errors.push(code));
    session.connect();
    await clock.advance(102);
    expect([session.epoch, errors]).toEqual([2, ["CONNECTION_LOST"]]);
    // A look at the old one that was left would take the new one for dead.
    await clock.advance(60);
    expect(errors).toEqual(["CONNECTION_LOST"]);
  });
});
