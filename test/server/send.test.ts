import { describe, expect, it } from "vitest";
import { DATA, stalled } from "./support/stalled.ts";

describe("ServerSession.send", () => {
  it("says sent to a client that keeps up, with a key or without", async () => {
    const { session, release, client, clock } = await stalled({ type: "latest" });
    await release();
    expect(session.send("tick", { n: 1 })).toBe("sent");
    expect(session.send("tick", { n: 2 }, { key: "t" })).toBe("sent");
    await clock.advance(5);
    expect(client.heardOf("tick")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("says queued and conflated to one that is behind, which then gets the newest of each key", async () => {
    const { session, release, client, server } = await stalled({ type: "reliable" });
    while (session.send("tick", { data: DATA }) === "sent");
    expect(session.send("tick", { n: 1 })).toBe("queued");
    expect(session.send("tick", { n: 2 }, { key: "a" })).toBe("queued");
    expect(session.send("tick", { n: 3 }, { key: "b" })).toBe("queued");
    expect(session.send("tick", { n: 4 }, { key: "a" })).toBe("conflated");
    expect(server.stats()).toMatchObject({ heldMessages: 2 });
    await release();
    expect(client.heardOf("tick").slice(-3)).toEqual([{ n: 1 }, { n: 3 }, { n: 4 }]);
    expect(server.stats()).toMatchObject({ heldMessages: 0, heldBytes: 0 });
  });

  it("says dropped where the session is closed, or is closed for it (4408)", async () => {
    const { session, server } = await stalled(
      { type: "reliable" },
      { limits: { maxPendingBytes: 2_000 } },
    );
    let key = 0;
    let outcome = session.send("tick", DATA, { key: "first" });
    while (outcome !== "dropped" && key < 100) {
      key += 1;
      outcome = session.send("tick", DATA, { key: String(key) });
    }
    expect(outcome).toBe("dropped");
    expect(server.stats()).toMatchObject({ slowClosed: 1 });
    expect(session.send("tick", DATA)).toBe("dropped");
  });

  it("writes what waits under a key before the answer that closes the session", async () => {
    const { session, release, client, clock } = await stalled({ type: "reliable" });
    while (session.send("tick", { data: DATA }) === "sent");
    session.send("tick", { n: 1 }, { key: "a" });
    client.request(2, "session.bye", {});
    await clock.advance(5);
    await release();
    expect(client.heardOf("tick").at(-1)).toEqual({ n: 1 });
    expect(client.singles.at(-1)).toMatchObject({ id: 2 });
  });

  it("throws RangeError for a key that is none, with what it saw", async () => {
    const { session } = await stalled({ type: "reliable" });
    expect(() => session.send("tick", 1, { key: "" })).toThrow("got 0 characters");
    expect(() => session.send("tick", 1, { key: "k".repeat(129) })).toThrow("got 129 characters");
    expect(() => session.send("tick", 1, { key: 7 as never })).toThrow("got number");
    expect(() => session.send("topic.event", 1)).toThrow(RangeError);
  });
});
