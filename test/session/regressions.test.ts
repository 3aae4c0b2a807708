import { describe, expect, it } from "vitest";
import { settled, withServer } from "./support/world.ts";

describe("Session.close", () => {
  it("before the connection is open is clean, with operations that wait for it", async () => {
    const { clock, session, errors } = await withServer({ connected: false });
    session.connect();
    const subscription = session.subscribe("a");
    const request = session.request("echo");
    const close = session.close();
    await clock.advance(10);
    expect(settled(close)).toEqual(["acked", "local"]);
    expect(settled(subscription.token)).toEqual(["failed", "SESSION_CLOSED"]);
    expect(settled(request)).toEqual(["failed", "SESSION_CLOSED"]);
    expect(errors).not.toContain("INTERNAL");
    expect(clock.pendingTimers).toBe(0);
  });
});
