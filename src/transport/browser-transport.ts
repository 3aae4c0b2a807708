import type {
  Connection,
  ConnectionListener,
  ConnectTarget,
  Transport,
} from "../session/connection/transport.ts";

/** RFC 6455 §7.4.1: the connection ended without a close handshake. */
const ABNORMAL_CLOSURE = 1006;

/** The transport of browsers: their own `WebSocket`. */
export const browserTransport: Transport = {
  connect: (target, listener) => new BrowserConnection(target, listener),
};

class BrowserConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #listener: ConnectionListener;
  #detached = false;

  constructor(target: ConnectTarget, listener: ConnectionListener) {
    this.#listener = listener;
    const socket = new WebSocket(target.url, [...target.subprotocols]);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => listener.opened(socket.protocol);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      listener.received(typeof event.data === "string" ? event.data : new Uint8Array(event.data));
    };
    // `error` says nothing that `close` does not.
    socket.onclose = (event) => listener.closed(event.code, event.reason);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (!this.#detached && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    if (!this.#detached) this.#socket.close(code, reason);
  }

  /** A page cannot cut a connection: it lets go of it, and the browser closes it in its own time. */
  terminate(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    queueMicrotask(() => this.#listener.closed(ABNORMAL_CLOSURE, ""));
  }
}
