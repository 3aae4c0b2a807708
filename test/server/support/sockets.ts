import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ClientOptions, WebSocket } from "ws";

/** A bare WebSocket client: keeps what it hears, and waits for it. */
export class BareClient {
  readonly socket: WebSocket;
  readonly heard: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #waiters: (() => void)[] = [];

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = ["orderly.v1"]) {
    this.socket = new WebSocket(url, protocols, options);
    this.socket.on("message", (data) => {
      this.heard.push(JSON.parse(String(data)) as Record<string, unknown>);
      for (const wake of this.#waiters.splice(0)) wake();
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  /** Waits until it is open. */
  async opened(): Promise<this> {
    if (this.socket.readyState === WebSocket.CONNECTING) await once(this.socket, "open");
    return this;
  }

  /** Sends a request and waits for its answer. */
  async ask(id: unknown, method: string, params?: unknown): Promise<Record<string, unknown>> {
    this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return this.until((message) => message["id"] === id && message["method"] === undefined);
  }

  /** Waits until a message was heard. */
  async until(
    isIt: (message: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.heard.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }
}

/** A raw TCP connection: says bytes, keeps what it hears as Latin-1. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  text = "";

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.socket.on("data", (chunk) => {
      this.text += chunk.toString("latin1");
    });
    this.socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => resolve());
    });
  }

  /** Asks for an upgrade with these headers, and waits for the answer's end. */
  async upgrade(headers: Record<string, string> = {}, path = "/"): Promise<string> {
    const all = {
      Host: "127.0.0.1",
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    while (!this.text.includes("\r\n\r\n")) {
      await Promise.race([once(this.socket, "data"), this.closed]);
      if (this.socket.destroyed) break;
    }
    return this.text.split("\r\n")[0] ?? "";
  }
}

/** A client's frame: masked with zeros, so that its payload reads as it is. */
export function frame(opcode: number, payload: Buffer, isFinal = true): Buffer {
  const length = payload.length;
  const head = [(isFinal ? 0x80 : 0) | opcode];
  if (length < 126) head.push(0x80 | length);
  else if (length < 65_536) head.push(0x80 | 126, length >> 8, length & 0xff);
  else throw new RangeError("frames of tests are small");
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

/** The code of the Close frame that ends what a raw client heard. */
export function closeCodeOf(text: string): number {
  const bytes = Buffer.from(text, "latin1");
  const at = bytes.lastIndexOf(0x88);
  return bytes.readUInt16BE(at + 2);
}
