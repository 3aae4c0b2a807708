import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What stands between a client and a server on loopback. */
export interface Relay {
  readonly port: number;
  /** Whether new connections are reset. */
  isRefusing: boolean;
  /** Whether what the server says is dropped: to the client it is mute. */
  isMute: boolean;
  /** Resets every connection, both ways. */
  cut(): void;
}

/** Starts a relay in front of a port. */
export async function relayTo(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const listener = createServer((near) => {
    if (relay.isRefusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => {
        if (from === near || !relay.isMute) to.write(chunk);
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroySoon();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const relay: Relay = {
    port: (listener.address() as AddressInfo).port,
    isRefusing: false,
    isMute: false,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
  return relay;
}
