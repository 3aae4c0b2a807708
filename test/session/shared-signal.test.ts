import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { whole } from "./support/client.ts";
import { withServer } from "./support/world.ts";

describe("one AbortSignal for many operations", () => {
  const warnings: string[] = [];
  const note = (warning: Error): void => {
    warnings.push(warning.name);
  };

  beforeEach(() => {
    process.on("warning", note);
  });

  afterEach(() => {
    process.off("warning", note);
    warnings.length = 0;
  });

  whole("takes one listener, over all sessions, and none when they are done", async () => {
    const { signal } = new AbortController();
    const worlds = [await withServer(), await withServer()];
    for (const { session, server } of worlds) {
      server.method("slow", () => new Promise(() => {}));
      for (let count = 0; count < 20; count += 1) session.request("slow", count, { signal });
      session.subscribe("a", { signal });
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
    for (const { session, clock } of worlds) {
      session.close({ deadlineMs: 100 });
      await clock.advance(200);
      expect(session.state).toBe("closed");
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("is listened to no more when they are done", async () => {
    const { signal } = new AbortController();
    const { session, server, clock } = await withServer();
    server.method("slow", () => new Promise(() => {}));
    const tokens = [
      session.connect({ signal }),
      session.request("slow", 1, { signal }),
      session.subscribe("a", { signal }).token,
    ];
    session.close({ deadlineMs: 100 });
    await clock.advance(200);
    expect(tokens.map(({ outcome }) => outcome)).toEqual(["acked", "unknown", "acked"]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends them all when it aborts, in the order in which they were asked for", async () => {
    const controller = new AbortController();
    const { session, server, clock } = await withServer();
    server.method("slow", () => new Promise(() => {}));
    const ended: number[] = [];
    const tokens = Array.from({ length: 12 }, (_, index) =>
      session.request("slow", index, { signal: controller.signal }),
    );
    for (const [index, token] of tokens.entries()) void token.then(null, () => ended.push(index));
    await clock.advance(10);
    controller.abort();
    await clock.advance(10);
    expect(ended).toEqual(tokens.map((_, index) => index));
    expect(new Set(tokens.map(({ outcome, error }) => `${outcome} ${error?.code}`))).toEqual(
      new Set(["unknown ABORTED"]),
    );
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });
});
