import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

/** One entry of the page's journal; see examples/desk/page/journal.js. */
export interface JournalEntry {
  readonly number: number;
  readonly kind: string;
  readonly topic?: string;
  readonly seq?: number;
  readonly type?: string;
  readonly outcome?: string;
  readonly proof?: string | null;
  readonly lastSeq?: number | null;
  readonly from?: string;
  readonly to?: string | null;
}

/** A message that crossed the page's WebSocket, as the browser's network log has it. */
export interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly topic?: string;
    readonly seq?: number;
    readonly topics?: readonly unknown[];
  };
  readonly result?: unknown;
}

/** What the page puts into its global object for the console. */
interface DeskGlobal {
  readonly desk: {
    readonly session: { readonly state: string; readonly epoch: number };
    readonly journal: { readonly entries: readonly JournalEntry[] };
  };
}

const ABSENT_SERVER = /net::ERR_(CONNECTION|EMPTY|SOCKET)_/;

const screenshots = fileURLToPath(new URL("../../../.cache/screenshots/", import.meta.url));

/** The desk's page in a browser, and everything that it received. */
export class DeskPage {
  readonly page: Page;
  /** Messages in the order in which they crossed the wire, both ways. */
  readonly frames: Frame[] = [];
  /** Errors of the page's scripts, and requests that its security policy stopped. */
  readonly problems: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.problems.push(error.message));
    page.on("console", (message) => {
      // The browser reports each attempt that an absent server does not answer; the page handles those.
      if (message.type() === "error" && !ABSENT_SERVER.test(message.text())) {
        this.problems.push(message.text());
      }
    });
    page.on("websocket", (socket) => {
      const note = ({ payload }: { payload: string | Buffer }): void => {
        this.frames.push(JSON.parse(String(payload)) as Frame);
      };
      socket.on("framesent", note);
      socket.on("framereceived", note);
    });
  }

  /** Opens the page in a context of its own. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<DeskPage> {
    const context = await browser.newContext({
      viewport: { width: 1360, height: 900 },
      colorScheme: "dark",
      ...options,
    });
    const desk = new DeskPage(await context.newPage());
    await desk.page.goto(url);
    return desk;
  }

  /** The row of a topic. */
  row(topic: string): ReturnType<Page["locator"]> {
    return this.page.locator(`tr[data-topic="${topic}"]`);
  }

  /** Waits until a topic's row says this of its phase. */
  async phase(topic: string, phase: string): Promise<void> {
    await this.page.locator(`tr[data-topic="${topic}"][data-phase="${phase}"]`).waitFor();
  }

  /** Waits until the session is in a state. */
  async state(state: string): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => (globalThis as unknown as DeskGlobal).desk?.session?.state === wanted,
      state,
    );
  }

  /** Number of the connection under the session. */
  epoch(): Promise<number> {
    return this.page.evaluate(() => (globalThis as unknown as DeskGlobal).desk.session.epoch);
  }

  /** The journal as it is now. */
  journal(): Promise<readonly JournalEntry[]> {
    return this.page.evaluate(
      () => (globalThis as unknown as DeskGlobal).desk.journal.entries,
    ) as Promise<readonly JournalEntry[]>;
  }

  /** Waits until a topic has brought some more events from here on. */
  async moreEvents(topic: string, count: number): Promise<void> {
    const after = (await this.journal()).at(-1)?.number ?? 0;
    await this.page.waitForFunction(
      ([name, from, wanted]) =>
        (globalThis as unknown as DeskGlobal).desk.journal.entries.filter(
          (entry) => entry.kind === "topic" && entry.topic === name && entry.number > from,
        ).length >= wanted,
      [topic, after, count] as const,
    );
  }

  /** Waits for the first entry of a token that settled after a given entry. */
  async settled(type: string, topic: string, after = 0): Promise<JournalEntry> {
    const handle = await this.page.waitForFunction(
      ([wantedType, wantedTopic, from]) =>
        (globalThis as unknown as DeskGlobal).desk.journal.entries.find(
          (entry) =>
            entry.kind === "token" &&
            entry.type === wantedType &&
            entry.topic === wantedTopic &&
            entry.number > from,
        ),
      [type, topic, after] as const,
    );
    return (await handle.jsonValue()) as JournalEntry;
  }

  /** Pieces of text of the page's rows and of its receipt that are printed over one another. */
  overprinted(): Promise<readonly string[]> {
    return this.page.evaluate(() => {
      const found: string[] = [];
      for (const group of document.querySelectorAll(
        ".bar, .quotes tbody tr, .last-seq, .receipt-facts",
      )) {
        const pieces: { readonly text: string; readonly box: DOMRect }[] = [];
        const walker = document.createTreeWalker(group, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const range = document.createRange();
          range.selectNodeContents(node);
          for (const box of range.getClientRects())
            pieces.push({ text: node.textContent ?? "", box });
        }
        for (const [index, { text, box }] of pieces.entries())
          for (const other of pieces.slice(index + 1)) {
            const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
            const height =
              Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
            // The boxes of two lines may touch.
            if (width > 1 && height > 4) found.push(`${text} / ${other.text}`);
          }
      }
      return found;
    });
  }

  /** Keeps a picture of the whole page in `.cache/screenshots`, for people. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true });
  }

  /** Closes the page. */
  async close(): Promise<void> {
    await this.page.context().close();
  }
}
