import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type * as Core from "../../src/core/with-authentication-browser.ts";
import type * as OurServer from "../../src/server/index.ts";
import { launchBrowser } from "../support/browser.ts";

const dist = new URL("../../dist/", import.meta.url);
const { SessionServer } = (await import(new URL("server.js", dist).href)) as typeof OurServer;

/** What the page loads, by its path. */
const FILES: Readonly<Record<string, string>> = {
  "/": '<!doctype html><title>core</title><script type="module" src="/page.js"></script>',
  "/page.js": readFileSync(new URL("core-page.js", import.meta.url), "utf8"),
  "/core.js": readFileSync(new URL("core-with-authentication-browser.js", dist), "utf8"),
};

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

/** What `core-page.js` saw. */
interface Seen {
  readonly seqs: readonly number[];
  readonly gaps: number;
  readonly states: readonly string[];
  readonly sum: unknown;
  readonly unsubscribed: readonly unknown[];
  readonly receipt: Core.CloseReceipt;
}

describe("the core client in a real browser, as it is served", { timeout: 60_000 }, () => {
  const sockets = new Set<Duplex>();
  let http: Server;
  let server: OurServer.SessionServer;
  let page: Page;

  beforeEach(async () => {
    http = createServer(({ url: path = "" }, response) => {
      response.setHeader("content-type", path.endsWith(".js") ? "text/javascript" : "text/html");
      response.end(FILES[path] ?? "");
    });
    server = new SessionServer({
      authenticate: ({ token }) => (token === "good" ? { userId: "ann" } : null),
      authorize: () => true,
    });
    server.method("add", (params) => {
      const [a, b] = params as [number, number];
      return a + b;
    });
    server.attach(http);
    sockets.clear();
    http.on("upgrade", (_request, socket) => sockets.add(socket));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
  });
  afterEach(async () => {
    await page.close();
    await server.close({ deadlineMs: 100 });
    http.close();
  });

  it("authenticates, resumes without a gap after a lost link, unsubscribes by the peer's answer, and closes clean", async () => {
    await page.waitForFunction(() => document.title === "subscribed");
    const topic = server.topic("quotes:AAPL");
    for (let number = 1; number <= 3; number += 1) topic.publish({ number });
    // As a network does it: without a word.
    for (const socket of sockets) socket.destroy();
    for (let number = 4; number <= 6; number += 1) topic.publish({ number });

    const seen = await page.evaluate(() => (globalThis as unknown as { seen: Promise<Seen> }).seen);
    const { seqs, gaps, states, sum, unsubscribed, receipt } = seen;
    expect([seqs, gaps, sum]).toEqual([[1, 2, 3, 4, 5, 6], 0, 5]);
    expect(unsubscribed).toEqual(["frame", 6]);
    expect(receipt).toMatchObject({ clean: true, unsubscribed: [], closeCode: 1000 });
    expect(states.filter((state) => state === "authenticated").length).toBeGreaterThanOrEqual(2);
    expect(states.slice(-2)).toEqual(["closing", "closed"]);
  });
});
