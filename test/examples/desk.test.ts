import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { launchBrowser } from "../support/browser.ts";
import { DeskPage, type Frame } from "./support/desk-page.ts";
import { ExampleProcess } from "./support/example-process.ts";

const MAIN = "examples/desk/main.ts";
const OPEN = /^desk: open (http:\/\/127\.0\.0\.1:(\d+)\/)/;
/** Trades come this much faster than people would want to read them. */
const PACE = "5";
const TOPIC = "quotes:US:AAPL";
const OTHERS = [
  "quotes:KRX:005930",
  "quotes:KRX:000660",
  "quotes:KRX:035420",
  "quotes:KRX:005380",
  "quotes:US:MSFT",
  "quotes:US:NVDA",
  "quotes:US:TSLA",
];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
});

function isEventOf(topic: string): (frame: Frame) => boolean {
  return ({ method, params }) => method === "topic.event" && params?.topic === topic;
}

describe("examples/desk in a browser", { timeout: 60_000 }, () => {
  let server: ExampleProcess;
  let url: string;
  let port: string;
  let desk: DeskPage;

  beforeEach(async () => {
    server = new ExampleProcess(MAIN, { PORT: "0", PACE });
    const match = await server.line(OPEN);
    url = match[1] ?? "";
    port = match[2] ?? "";
    desk = await DeskPage.open(browser, url);
    await desk.state("subscribed");
    for (const topic of [TOPIC, ...OTHERS]) await desk.phase(topic, "live");
  });
  afterEach(async () => {
    await desk.close();
    await server[Symbol.asyncDispose]();
  });

  it("moves the prices of every symbol, and shows each event's number", async () => {
    const price = desk.row(TOPIC).locator(".price");
    const before = await price.textContent();
    await desk.page.waitForFunction(
      ([topic, old]) => {
        const cell = document.querySelector(`tr[data-topic="${topic}"] .price`);
        return cell !== null && cell.textContent !== old;
      },
      [TOPIC, before] as const,
    );
    for (const topic of OTHERS) await desk.moreEvents(topic, 2);
    for (const topic of [TOPIC, ...OTHERS]) {
      const seqs = (await desk.journal()).filter((entry) => entry.topic === topic && entry.seq);
      seqs.forEach((entry, index) => {
        expect(entry.seq, topic).toBe((seqs[0]?.seq ?? 0) + index);
      });
    }
    await desk.moreEvents(TOPIC, 20);
    await desk.screenshot("desk-live-dark");
    expect(desk.problems).toEqual([]);
  });

  it("stops a symbol exactly at its unsubscribe ack, while another page still gets it", async () => {
    const other = await DeskPage.open(browser, url);
    await other.phase(TOPIC, "live");
    await desk.moreEvents(TOPIC, 2);

    // By keyboard, as a person without a mouse would.
    await desk.row(TOPIC).getByRole("switch").press("Space");
    const token = await desk.settled("unsubscribe", TOPIC);
    expect(token).toMatchObject({ outcome: "acked", proof: "frame" });
    const lastSeq = token.lastSeq as number;
    await other.moreEvents(TOPIC, 5);
    await desk.moreEvents(OTHERS[0] as string, 2);

    // What the application got: everything up to the number of the ack, before the ack, and nothing after it.
    const own = (await desk.journal()).filter(
      ({ kind, topic }) => kind === "topic" && topic === TOPIC,
    );
    expect(own.at(-1)?.seq).toBe(lastSeq);
    expect(own.at(-1)?.number).toBeLessThan(token.number);
    // What crossed the wire: nothing of the topic behind the answer.
    const request = desk.frames.find(({ method }) => method === "topic.unsubscribe");
    const answer = desk.frames.findIndex(
      ({ id, result }) => id === request?.id && result !== undefined,
    );
    expect(answer).toBeGreaterThan(0);
    expect(desk.frames.slice(answer).some(isEventOf(TOPIC))).toBe(false);
    expect(desk.frames.findLast(isEventOf(TOPIC))?.params?.seq).toBe(lastSeq);
    // What the server says.
    await server.line(new RegExp(`unsubscribed ${TOPIC} at ${lastSeq}$`));

    await desk.phase(TOPIC, "off");
    expect(await desk.row(TOPIC).locator(".seq").textContent()).toBe(String(lastSeq));
    expect(await desk.row(TOPIC).locator(".answer").textContent()).toBe(
      `acked frame, last ${lastSeq}`,
    );
    await desk.screenshot("desk-unsubscribed-dark");

    await desk.row(TOPIC).getByRole("switch").press("Space");
    await desk.moreEvents(TOPIC, 1);
    await desk.phase(TOPIC, "live");
    expect([...desk.problems, ...other.problems]).toEqual([]);
    await other.close();
  });

  it("recovers when its server is killed and started again, and leaves unsubscribed what was", async () => {
    for (const topic of [TOPIC, ...OTHERS]) await desk.moreEvents(topic, 5);
    await desk.row(TOPIC).getByRole("switch").click();
    await desk.phase(TOPIC, "off");

    server.kill("SIGKILL");
    const notice = desk.page.locator("#outage");
    await notice.getByText(/Next attempt in \d+\.\d s/).waitFor();
    await desk.phase(OTHERS[0] as string, "waiting");
    expect(await desk.page.locator("#live-count").textContent()).toBe("7 waiting");
    await desk.screenshot("desk-outage-dark");
    await server.exitCode();
    const lost = (await desk.journal()).at(-1)?.number ?? 0;

    server = new ExampleProcess(MAIN, { PORT: port, PACE });
    await server.line(OPEN);
    await desk.state("subscribed");
    for (const topic of OTHERS) await desk.moreEvents(topic, 1);
    await notice.waitFor({ state: "hidden" });
    expect(await desk.epoch()).toBeGreaterThan(1);

    const since = (await desk.journal()).filter(({ number }) => number > lost);
    for (const topic of OTHERS) {
      // The new server counts anew and has no history: the session says so, and misses nothing silently.
      const [first, ...rest] = since.filter(
        (entry) => entry.topic === topic && (entry.kind === "gap" || entry.kind === "topic"),
      );
      expect(first, topic).toMatchObject({ kind: "gap", to: null });
      expect(
        rest.map(({ seq }) => seq),
        topic,
      ).toEqual(rest.map((_entry, index) => index + 1));
    }
    expect(since.some((entry) => entry.kind === "topic" && entry.topic === TOPIC)).toBe(false);
    await desk.phase(TOPIC, "off");
    expect(
      await desk
        .row(OTHERS[0] as string)
        .locator(".answer")
        .textContent(),
    ).toBe("numbers start anew");
    expect(await desk.page.locator("#live-count").textContent()).toBe("7 of 8 live");
    await desk.screenshot("desk-recovered-dark");
    expect(desk.problems).toEqual([]);
  });

  it("shows a clean receipt with every field on Close, and opens a new session", async () => {
    await desk.moreEvents(TOPIC, 2);
    await desk.page.getByRole("button", { name: "Close session" }).click();
    const receipt = desk.page.locator("#receipt");
    await receipt.waitFor();
    const field = (name: string) => receipt.locator(`[data-field="${name}"] dd`);
    expect(await desk.page.locator("#receipt-verdict").textContent()).toBe("clean");
    expect(await field("clean").textContent()).toBe("true");
    expect(await field("closeCode").textContent()).toBe("1000");
    for (const name of ["unknown", "sentUnacked"]) {
      expect(await field(name).textContent()).toBe("none");
    }
    for (const name of ["handlersAborted", "bytesUnsent"]) {
      expect(await field(name).textContent()).toBe("0");
    }
    expect((await field("unsubscribed").textContent())?.split(", ").toSorted()).toEqual(
      [TOPIC, ...OTHERS].toSorted(),
    );
    const journal = await desk.journal();
    for (const topic of [TOPIC, ...OTHERS]) {
      const last = journal.findLast((entry) => entry.kind === "topic" && entry.topic === topic);
      const shown = receipt.locator(".last-seq div", { hasText: topic }).locator("dd");
      expect(await shown.textContent(), topic).toBe(String(last?.seq));
    }
    expect(journal.findLast(({ kind }) => kind === "topic")?.number).toBeLessThan(
      (await desk.settled("close", "")).number,
    );
    await server.line(/session 1: closed clean \(bye, 1000\)/);
    await desk.screenshot("desk-receipt-dark");

    await desk.page.getByRole("button", { name: "New session" }).click();
    await desk.state("subscribed");
    await receipt.waitFor({ state: "hidden" });
    await desk.moreEvents(TOPIC, 1);
    await server.line(/session 2 of guest-[0-9a-f]{4}: opened/);
    expect(desk.problems).toEqual([]);
  });

  it("does not say that a server acknowledged what was closed without a connection", async () => {
    server.kill("SIGKILL");
    await server.exitCode();
    await desk.phase(TOPIC, "waiting");
    // A page that is connecting has a connection to give up.
    await desk.state("disconnected");
    await desk.page.getByRole("button", { name: "Close session" }).click();
    await desk.page.locator("#receipt").waitFor();
    expect(await desk.page.locator("#receipt-verdict").textContent()).toBe("clean");
    expect(await desk.page.locator('#receipt [data-field="closeCode"] dd').textContent()).toBe(
      "null",
    );
    expect(await desk.page.locator(".receipt-summary").textContent()).toMatch(
      /^There was no connection: 8 topics given up with nothing on the wire, /,
    );
    expect(await desk.row(TOPIC).locator(".answer").textContent()).toMatch(
      /^acked local, last \d+$/,
    );
    await desk.screenshot("desk-receipt-outage-dark");
  });

  it("tells the truth in the receipt of a server that hangs, by the deadline", async () => {
    await desk.moreEvents(TOPIC, 5);
    server.kill("SIGSTOP");
    await desk.page.getByRole("button", { name: "Close session" }).click();
    await desk.page.locator("#receipt").waitFor();
    expect(await desk.page.locator("#receipt-verdict").textContent()).toBe("not clean");
    const unknown = await desk.page.locator('#receipt [data-field="unknown"] dd').textContent();
    expect(unknown?.split(", ").toSorted()).toEqual([TOPIC, ...OTHERS].toSorted());
    const elapsed = await desk.page.locator('#receipt [data-field="elapsedMs"] dd').textContent();
    expect(Number(elapsed)).toBeLessThan(5_500);
    await desk.screenshot("desk-receipt-not-clean-dark");
    server.kill("SIGCONT");
  });

  it("closes in order on SIGTERM: the page says bye, and the server exits by itself", async () => {
    server.kill("SIGTERM");
    expect(await server.exitCode()).toBe(0);
    expect(server.lines).toContain("desk: pages: 1 sessions, clean true");
    expect(server.lines.join("\n")).toMatch(/exchange: clean true/);
    await server.line(/session 1: closed clean \(bye, \d+\)/);
    await desk.page.locator("#outage").waitFor();
  });

  it.each([
    ["light", 1_360],
    ["light", 390],
    ["dark", 390],
    ["light", 820],
    ["dark", 320],
  ] as const)(
    "fits a %s screen of %i pixels without scrolling sideways, no text over another",
    async (scheme, width) => {
      const page = await DeskPage.open(browser, url, {
        colorScheme: scheme,
        viewport: { width, height: 844 },
      });
      const overflow = () =>
        page.page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
      await page.state("subscribed");
      await page.moreEvents(TOPIC, 10);
      expect(await overflow()).toBe(0);
      expect(await page.overprinted()).toEqual([]);
      await page.screenshot(`desk-live-${scheme}-${width}`);
      await page.row(TOPIC).getByRole("switch").click();
      await page.phase(TOPIC, "off");
      await page.page.getByRole("button", { name: "Close session" }).click();
      await page.page.locator("#receipt").waitFor();
      expect(await overflow()).toBe(0);
      expect(await page.overprinted()).toEqual([]);
      await page.screenshot(`desk-receipt-${scheme}-${width}`);
      expect(page.problems).toEqual([]);
      await page.close();
    },
  );
});
