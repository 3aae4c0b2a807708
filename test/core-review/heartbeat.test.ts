import { expect, it } from "vitest";
import { Session } from "../../src/core/with-authentication.ts";
import type { ConnectionListener, Transport } from "../../src/session/connection/transport.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { seededRandom } from "../session/support/seeded-random.ts";

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

it("watches one connection at a time, though a transport loses one from inside the send of a ping", async () => {
  const clock = new VirtualClock();
  const listeners: ConnectionListener[] = [];
  const session = new Session(
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
  // The new connection's, and no look at the old one.
  expect(clock.pendingTimers).toBe(1);
  await clock.advance(60);
  expect(errors).toEqual(["CONNECTION_LOST"]);
});
