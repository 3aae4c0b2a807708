import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Which way bytes go. */
type CutDirection = "toServer" | "toClient";

/** A TCP proxy that lets so many bytes through one way, and then cuts the connection. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went through each way, over all connections. */
  readonly passed: Readonly<Record<CutDirection, number>>;
  /** Cuts the next connection, and only that one, behind `bytes` bytes one way. */
  cutAfter(direction: CutDirection, bytes: number): void;
}

/** Starts a proxy in front of a port of this machine. */
export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const passed = { toServer: 0, toClient: 0 };
  const sockets = new Set<Socket>();
  let plan: { direction: CutDirection; left: number } | undefined;

  const forward = (
    from: Socket,
    to: Socket,
    direction: CutDirection,
    own: typeof plan,
    cut: () => void,
  ): void => {
    from.on("data", (chunk: Buffer) => {
      const limit = own?.direction === direction ? own.left : Infinity;
      const part = chunk.length > limit ? chunk.subarray(0, limit) : chunk;
      passed[direction] += part.length;
      if (own?.direction === direction) own.left -= part.length;
      if (part.length > 0) to.write(part);
      // What was let through arrives before the end does.
      if (own?.direction === direction && own.left === 0) to.end(cut);
    });
  };

  const server = createServer({ noDelay: true }, (client) => {
    const own = plan;
    plan = undefined;
    const upstream = connect({ port: targetPort, noDelay: true });
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", () => {
        sockets.delete(socket);
        cut();
      });
    }
    forward(client, upstream, "toServer", own, cut);
    forward(upstream, client, "toClient", own, cut);
  });
  server.listen(0);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    cutAfter: (direction, bytes) => {
      plan = { direction, left: bytes };
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
