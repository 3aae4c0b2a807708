import {
  ABNORMAL_CLOSURE,
  type Connection,
  type ConnectionListener,
  type ConnectTarget,
  type Transport,
} from "../session/connection/transport.ts";

/** The transport of browsers: their own `WebSocket`. */
export const browserTransport: Transport = {
  connect: (target, listener) => new BrowserConnection(target, listener),
};

class BrowserConnection implements Connection {
  readonly #socket: WebSocket;
  // Undefined once it was let go of.
  #listener: ConnectionListener | undefined;

  constructor(target: ConnectTarget, listener: ConnectionListener) {
    this.#listener = listener;
    const socket = new WebSocket(target.url, [...target.subprotocols]);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#listener?.opened(socket.protocol);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      this.#listener?.received(typeof data === "string" ? data : new Uint8Array(data));
    // `error` says nothing that `close` does not.
    socket.onclose = ({ code, reason }) => this.#listener?.closed(code, reason);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (this.#listener && this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    if (this.#listener) this.#socket.close(code, reason);
  }

  /** A page cannot cut a connection: it lets go of it, and the browser closes it in its own time. */
  terminate(): void {
    const listener = this.#listener;
    if (!listener) return;
    this.#listener = undefined;
    this.#socket.close();
    queueMicrotask(() => listener.closed(ABNORMAL_CLOSURE, ""));
  }
}
