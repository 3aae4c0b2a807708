import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CloseReceipt, Session } from "orderly-ws";
import { type ServerReceipt, SessionServer } from "orderly-ws/server";
import type { DeskApi } from "./desk-api.ts";
import { Guests } from "./guests.ts";
import type { ExchangeApi } from "./market.ts";
import { Quotes } from "./quotes.ts";
import { loadStaticFiles } from "./static-files.ts";
import { createWebServer } from "./web-server.ts";

/** How a desk ended, on both of its sides. */
export interface DeskReceipts {
  /** Of the pages. */
  readonly pages: ServerReceipt;
  /** Of the session with the exchange. */
  readonly exchange: CloseReceipt;
}

/** The desk's backend: a session with the exchange on one side, sessions with pages on the other. */
export class Desk {
  readonly #exchange: Session<ExchangeApi>;
  readonly #server: SessionServer<DeskApi>;
  readonly #web: Server;

  private constructor(exchange: Session<ExchangeApi>, server: SessionServer<DeskApi>, web: Server) {
    this.#exchange = exchange;
    this.#server = server;
    this.#web = web;
  }

  /**
   * Connects to the exchange and prepares what the pages get.
   *
   * @param log - Takes a line for people about each session.
   */
  static async create(exchangeUrl: string, log: (line: string) => void): Promise<Desk> {
    const exchange = new Session<ExchangeApi>({ url: exchangeUrl });
    exchange.on("error", (error) => log(`exchange: ${error.code}: ${error.message}`));
    await exchange.connect();
    const instruments = await exchange.request("exchange.instruments");

    const guests = new Guests();
    const server: SessionServer<DeskApi> = new SessionServer({
      authenticate: ({ token }) => guests.verify(token),
      authorize: (_session, topic) => quotes.has(topic),
    });
    // Each feature of the page brings its topics and methods; what comes next has its place here.
    const quotes = new Quotes(exchange, server, instruments);
    server.method("desk.echo", () => null);
    logSessions(server, log);

    const web = createWebServer({
      files: await loadStaticFiles(),
      guests,
      metrics: () => server.prometheus(),
    });
    server.attach(web, { path: "/session" });
    return new Desk(exchange, server, web);
  }

  /**
   * Serves the page and its sessions.
   *
   * @throws The error of Node's `listen`, such as `EADDRINUSE`.
   */
  async listen(port: number, host: string): Promise<AddressInfo> {
    this.#web.listen(port, host);
    await once(this.#web, "listening");
    return this.#web.address() as AddressInfo;
  }

  /** Says goodbye to the pages, then to the exchange. Never rejects. */
  async close(deadlineMs: number): Promise<DeskReceipts> {
    const pages = await this.#server.close({ deadlineMs });
    this.#web.close();
    this.#web.closeAllConnections();
    return { pages, exchange: await this.#exchange.close({ deadlineMs }) };
  }
}

function logSessions(server: SessionServer<DeskApi>, log: (line: string) => void): void {
  server.on("opened", ({ id, userId }) => log(`session ${id} of ${userId}: opened`));
  server.on("unsubscribed", ({ id }, topic, lastSeq, code) => {
    if (code === null) log(`session ${id}: unsubscribed ${topic} at ${lastSeq}`);
  });
  server.on("closed", ({ id }, { clean, farewell, closeCode }) => {
    log(`session ${id}: closed ${clean ? "clean" : "not clean"} (${farewell}, ${closeCode})`);
  });
  server.on("refused", (address, code) => log(`refused ${address}: ${code}`));
  server.on("error", (error) => log(`${error.code}: ${error.message}`));
}
