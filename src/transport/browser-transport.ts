import {
  ABNORMAL_CLOSURE,
  type ConnectionListener,
  type Transport,
} from "../session/connection/transport.ts";

/** `WebSocket.OPEN`. */
const OPEN = 1;

/** The transport of browsers: their own `WebSocket`. */
export const browserTransport: Transport = {
  connect({ url, subprotocols }, given) {
    // Undefined once it was let go of.
    let listener: ConnectionListener | undefined = given;
    const socket = new WebSocket(url, [...subprotocols]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => listener?.opened(socket.protocol);
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      listener?.received(typeof data === "string" ? data : new Uint8Array(data));
    // `error` says nothing that `close` does not.
    socket.onclose = ({ code, reason }) => listener?.closed(code, reason);
    return {
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
      send(text) {
        if (listener && socket.readyState === OPEN) socket.send(text);
      },
      close(code, reason) {
        if (listener) socket.close(code, reason);
      },
      /** A page cannot cut a connection: it lets go of it, and the browser closes it in its own time. */
      terminate() {
        if (!listener) return;
        listener = undefined;
        socket.close();
        queueMicrotask(() => given.closed(ABNORMAL_CLOSURE, ""));
      },
    };
  },
};
