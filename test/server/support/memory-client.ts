import type { Connection } from "../../../src/session/connection/transport.ts";
import type { MemoryClientOptions, MemoryNetwork } from "../../../src/testing/memory-network.ts";
import type { VirtualClock } from "../../../src/testing/virtual-clock.ts";

/** One message as a client reads it. */
export interface Wire {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data: WireData };
}

interface WireData {
  readonly code: string;
  readonly detail?: unknown;
}

/** A bare client on an in-memory network: says what it is told, and keeps all that it hears. */
export class MemoryClient {
  readonly heard: (Wire | Wire[])[] = [];
  readonly texts: string[] = [];
  closed: { readonly code: number; readonly reason: string } | null = null;
  readonly #clock: VirtualClock;
  readonly #connection: Connection;

  private constructor(network: MemoryNetwork, clock: VirtualClock, options: MemoryClientOptions) {
    this.#clock = clock;
    this.#connection = network.transport(options).connect(
      { url: "ws://memory/", subprotocols: ["orderly.v1"] },
      {
        opened: () => {},
        received: (data) => {
          this.texts.push(String(data));
          this.heard.push(JSON.parse(String(data)) as Wire);
        },
        closed: (code, reason) => {
          this.closed = { code, reason };
        },
      },
    );
  }

  /** Connects, and waits until the server has accepted. */
  static async connect(
    network: MemoryNetwork,
    clock: VirtualClock,
    options: MemoryClientOptions = {},
  ): Promise<MemoryClient> {
    const client = new MemoryClient(network, clock, options);
    await clock.advance(5);
    return client;
  }

  /** Sends text as it is. */
  text(text: string): void {
    this.#connection.send(text);
  }

  /** Sends JSON. */
  json(value: unknown): void {
    this.text(JSON.stringify(value));
  }

  /** Sends a request. */
  request(id: unknown, method: string, params?: unknown): void {
    this.json({ jsonrpc: "2.0", id, method, params });
  }

  /** Sends a notification. */
  notify(method: string, params?: unknown): void {
    this.json({ jsonrpc: "2.0", method, params });
  }

  /** Sends a request, waits for a round trip, and gives the answer with its id, if it came. */
  async ask(id: unknown, method: string, params?: unknown): Promise<Wire | undefined> {
    this.request(id, method, params);
    await this.#clock.advance(5);
    return this.answer(id);
  }

  /** The answer with an id, if it came. */
  answer(id: unknown): Wire | undefined {
    return this.singles.find((wire) => wire.method === undefined && wire.id === id);
  }

  /** Everything heard that is no batch. */
  get singles(): Wire[] {
    return this.heard.filter((wire): wire is Wire => !Array.isArray(wire));
  }

  /** Notifications heard, by method. */
  heardOf(method: string): unknown[] {
    return this.singles.filter((wire) => wire.method === method).map((wire) => wire.params);
  }

  close(code = 1000, reason = ""): void {
    this.#connection.close(code, reason);
  }

  terminate(): void {
    this.#connection.terminate();
  }
}
