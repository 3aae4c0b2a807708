import { connect, type Socket } from "node:net";
import { BULK_TOPIC, type PeerName, STAMP_DIGITS } from "./messages.ts";

/** Hears what arrives on the sockets; all share one. */
export interface FrameListener {
  /** The server has answered the last greeting. */
  ready(socket: BareSocket): void;
  /** One event. `bytes[end]` is the first byte behind it. */
  event(socket: BareSocket, bytes: Buffer, end: number): void;
  closed(socket: BareSocket): void;
}

/** What a client says, in turn: at first, and after each text frame of the server's until it is subscribed. */
export type Greeting = readonly string[];

/** Bytes between an event's time stamp and the end of its frame. */
export const STAMP_TAIL: Readonly<Record<PeerName, number>> = {
  orderly: '"}}}'.length,
  ws: '"}}}'.length,
  "socket.io": '"}]'.length,
};

const PATHS: Readonly<Record<PeerName, string>> = {
  orderly: "/",
  ws: "/",
  "socket.io": "/socket.io/?EIO=4&transport=websocket",
};

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** All sockets read into one buffer: nothing is kept of what was read. */
const shared = Buffer.allocUnsafe(262_144);

/** Is a WebSocket client that does as little as it can: it finds where frames end, and answers heartbeats. */
export class BareSocket {
  /** Whether it also reads the bulk topic, and so takes no part in what is measured. */
  readonly isBulkReader: boolean;
  readonly #socket: Socket;
  readonly #listener: FrameListener;
  readonly #greeting: Greeting;
  #greeted = 0;
  #isUpgraded = false;
  /** The begin of a frame whose end has not arrived. */
  #rest: Buffer | null = null;

  constructor(
    peer: PeerName,
    address: { readonly port: number; readonly localAddress: string; readonly host: string },
    topic: string,
    isBulkReader: boolean,
    listener: FrameListener,
    greeting: Greeting = greet(peer, isBulkReader ? [topic, BULK_TOPIC] : [topic]),
  ) {
    this.#listener = listener;
    this.isBulkReader = isBulkReader;
    this.#greeting = greeting;
    this.#socket = connect({
      ...address,
      onread: {
        buffer: shared,
        callback: (length: number): boolean => {
          this.#read(shared, length);
          return true;
        },
      },
    });
    this.#socket.setNoDelay(true);
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => listener.closed(this));
    this.#socket.write(
      `GET ${PATHS[peer]} HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
        `${peer === "orderly" ? "Sec-WebSocket-Protocol: orderly.v1\r\n" : ""}\r\n`,
    );
  }

  /** Stops to read. */
  stall(): void {
    this.#socket.pause();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Resets the connection: no side says goodbye, and its port is free at once. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #read(bytes: Buffer, length: number): void {
    let from = 0;
    if (this.#rest !== null) {
      const whole = Buffer.concat([this.#rest, bytes.subarray(0, length)]);
      this.#rest = null;
      this.#read(whole, whole.length);
      return;
    }
    if (!this.#isUpgraded) {
      const end = bytes.subarray(0, length).indexOf("\r\n\r\n");
      if (end >= 0) {
        if (bytes.toString("latin1", 9, 12) !== "101")
          throw new Error(bytes.toString("latin1", 0, end));
        this.#isUpgraded = true;
        from = end + 4;
        this.#greet();
      }
    }
    if (this.#isUpgraded) from = this.#frames(bytes, from, length);
    if (from < length) this.#rest = Buffer.from(bytes.subarray(from, length));
  }

  /** @returns Where the first frame begins that is not whole. */
  #frames(bytes: Buffer, start: number, length: number): number {
    let from = start;
    while (from + 2 <= length) {
      const opcode = (bytes[from] as number) & 0x0f;
      let size = (bytes[from + 1] as number) & 0x7f;
      let data = from + 2;
      if (size === 126) {
        if (from + 4 > length) break;
        size = bytes.readUInt16BE(data);
        data += 2;
      } else if (size === 127) {
        if (from + 10 > length) break;
        size = Number(bytes.readBigUInt64BE(data));
        data += 8;
      }
      const end = data + size;
      if (end > length) break;
      if (opcode === TEXT) this.#text(bytes, data, end);
      else if (opcode === PING) this.#write(PONG, bytes.toString("latin1", data, end));
      else if (opcode === CLOSE) this.#socket.end();
      from = end;
    }
    return from;
  }

  #text(bytes: Buffer, data: number, end: number): void {
    // socket.io's heartbeat is a text frame: "2", to be answered "3".
    if (end - data === 1 && bytes[data] === 0x32) this.#write(TEXT, "3");
    else if (this.#greeted <= this.#greeting.length) this.#greet();
    else this.#listener.event(this, bytes, end);
  }

  #greet(): void {
    const text = this.#greeting[this.#greeted];
    this.#greeted += 1;
    if (text === undefined) this.#listener.ready(this);
    else if (text !== "") this.#write(TEXT, text);
  }

  #write(opcode: number, text: string): void {
    const size = Buffer.byteLength(text);
    if (size > 65_535) throw new Error("a greeting is a short frame");
    const head = size > 125 ? 4 : 2;
    // A mask of zeros leaves the text as it is.
    const frame = Buffer.alloc(head + 4 + size);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 | (size > 125 ? 126 : size);
    if (size > 125) frame.writeUInt16BE(size, 2);
    frame.write(text, head + 4);
    this.#socket.write(frame);
  }
}

/** Reads the time stamp of an event. */
export function readStamp(bytes: Buffer, end: number, tail: number): number {
  let stamp = 0;
  const last = end - tail;
  for (let at = last - STAMP_DIGITS; at < last; at += 1) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9)
      throw new Error(`no time stamp in ${bytes.toString("latin1", end - 60, end)}`);
    stamp = stamp * 10 + digit;
  }
  return stamp;
}

function greet(peer: PeerName, topics: readonly string[]): Greeting {
  switch (peer) {
    case "orderly": {
      const params = { topics: topics.map((topic) => ({ topic })) };
      return [JSON.stringify({ jsonrpc: "2.0", id: 1, method: "topic.subscribe", params })];
    }
    case "ws":
      return topics;
    case "socket.io":
      // The server opens; then come the namespace's connect and the subscriptions.
      return ["", "40", ...topics.map((topic) => `42["subscribe",${JSON.stringify(topic)}]`)];
  }
}
