import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { Session } from "../../src/browser.ts";
import { recordSession } from "../../src/recording/browser.ts";
import { replaySession } from "../../src/recording/index.ts";
import { FakeServer } from "../../src/testing/index.ts";

afterEach(() => vi.unstubAllGlobals());

describe("recordSession in a page", () => {
  it("records over the page's own WebSocket, binary messages too, and replays on Node", async () => {
    vi.stubGlobal("WebSocket", WebSocket);
    const server = new FakeServer().on("echo", (params) => params);
    const { url, close } = await server.listen();
    const lines: string[] = [];
    const recorded = recordSession(
      (options, environment) => new Session(options, environment),
      { url },
      { write: (line) => lines.push(line) },
    );
    const { session } = recorded;
    await session.connect();
    server.connection.send(Uint8Array.of(0, 254, 255) as never);
    expect(await session.request("echo", { a: 1 })).toEqual({ a: 1 });
    const receipt = await session.close();
    recorded.end();
    await close();
    expect(receipt.clean).toBe(true);
    expect(lines.join("")).toContain('"base64":"AP7/"');
    expect(lines.join("")).toContain('"value":false');
    const replay = await replaySession(lines.join(""));
    expect(replay.session.stats()).toEqual(session.stats());
  });
});
