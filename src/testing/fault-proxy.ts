import type { Clock } from "../session/clock.ts";
import type { Transport } from "../session/connection/transport.ts";
import { systemClock } from "../transport/system-clock.ts";
import { FaultLink } from "./fault-link.ts";
import { type ActiveFault, type FaultRule, FaultRules } from "./fault-rules.ts";
import type { Direction } from "./memory-link.ts";
import type { MemoryAcceptor } from "./memory-network.ts";

/** Settings of a {@link FaultProxy}. */
export interface FaultProxyOptions {
  /** Time for delays. @defaultValue the system's */
  readonly clock?: Clock;
  /** How many frames may wait in one direction of one connection; one more cuts it. @defaultValue 10,000 */
  readonly maxWaitingFrames?: number;
}

/** Where a proxy on sockets listens, and for whom. */
export interface FaultProxyAddress {
  /** The server behind the proxy: a `ws:` or `wss:` URL. The path and query of each request are put in its place. */
  readonly upstream: string;
  /** @defaultValue 0: any that is free */
  readonly port?: number;
  /** @defaultValue `"127.0.0.1"` */
  readonly host?: string;
}

/** A proxy that listens. */
export interface ListeningProxy {
  /** What clients connect to. */
  readonly url: string;
  /** Cuts all connections, and stops to listen. */
  close(): Promise<void>;
}

/**
 * Stands between clients and a server and does to their frames what rules say: in memory, between two networks on a
 * virtual clock, and on real sockets, as a WebSocket server of its own.
 *
 * A frame is a whole message, or a Close; pings and pongs are answered by the proxy. Within a direction the order
 * always holds, as on TCP. Each side has a closing handshake of its own: a Close that is dropped or stalled leaves the
 * other side open.
 *
 * @example
 * ```ts
 * const proxy = new FaultProxy();
 * const { url } = await proxy.listen({ upstream: "ws://127.0.0.1:8080/" });
 * proxy.add({ direction: "toClient", method: "topic.unsubscribe", action: "cut", nth: 1 });
 * const session = new Session({ url });
 * ```
 */
export class FaultProxy {
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #rules = new FaultRules();
  readonly #links = new Map<number, FaultLink>();
  #count = 0;

  /** @throws RangeError when `maxWaitingFrames` is not an integer from 1 up. */
  constructor({ clock = systemClock, maxWaitingFrames = 10_000 }: FaultProxyOptions = {}) {
    if (!(Number.isSafeInteger(maxWaitingFrames) && maxWaitingFrames >= 1)) {
      throw new RangeError(
        `maxWaitingFrames must be an integer from 1 up, got ${maxWaitingFrames}`,
      );
    }
    this.#clock = clock;
    this.#maxWaiting = maxWaitingFrames;
  }

  /** How many connections there are now. */
  get connections(): number {
    return this.#links.size;
  }

  /** How many connections there were. */
  get totalConnections(): number {
    return this.#count;
  }

  /**
   * Adds a rule. Of several that are for a frame, the one added first is applied.
   *
   * @throws RangeError when a number in it is out of range.
   */
  add(rule: FaultRule): ActiveFault {
    return this.#rules.add(rule);
  }

  /** Takes all rules away. What they hold back or delay stays so. */
  clear(): void {
    this.#rules.clear();
  }

  /** How many frames wait in a direction, on all connections. */
  waiting(direction: Direction): number {
    let waiting = 0;
    for (const link of this.#links.values()) waiting += link.waiting(direction);
    return waiting;
  }

  /** Lets go what a `stall` holds, in one direction or in both. */
  release(direction?: Direction): void {
    for (const link of this.#links.values()) {
      if (direction !== "toClient") link.release("toServer");
      if (direction !== "toServer") link.release("toClient");
    }
  }

  /** Drops connections without a closing handshake: one, by its number from 1, or all. */
  cut(connection?: number): void {
    for (const [number, link] of [...this.#links]) {
      if (connection === undefined || number === connection) link.cut();
    }
  }

  /**
   * Makes an acceptor for the network that clients are on; the server is on another one.
   *
   * @param upstream - Transport of the server's network.
   *
   * @example
   * ```ts
   * const [front, back] = [new MemoryNetwork({ clock }), new MemoryNetwork({ clock })];
   * back.listen((connection, info) => server.accept(connection, info));
   * front.listen(proxy.acceptor(back.transport()));
   * ```
   */
  acceptor(upstream: Transport, subprotocol: string = "orderly.v1"): MemoryAcceptor {
    return (client, info) => {
      const link = this.open();
      const target = { url: `ws://memory${info.url}`, subprotocols: [subprotocol] };
      const server = upstream.connect(target, {
        opened: () => {
          // A simulated connection carries bytes as well, though no session sends any.
          link.attach("toServer", {
            ...endOf(server),
            send: (data) => server.send(data as string),
          });
        },
        received: (data) => link.message("toClient", data),
        closed: (code, reason) => link.closed("toClient", code, reason),
      });
      link.attach("toClient", { ...endOf(client), send: (data) => client.send(data as string) });
      return {
        received: (data) => link.message("toServer", data),
        ponged: () => {},
        closed: (code, reason) => link.closed("toServer", code, reason),
      };
    };
  }

  /**
   * Listens for clients on a socket, and connects each to the server behind it. Needs Node.
   *
   * @throws TypeError when `upstream` is no `ws:` or `wss:` URL; what `listen` of Node rejects with, such as `EADDRINUSE`.
   */
  async listen(address: FaultProxyAddress): Promise<ListeningProxy> {
    // Loaded here: who stays in memory needs no sockets.
    const { proxySockets } = await import("./proxy-sockets.ts");
    return proxySockets(this, address);
  }

  /**
   * Begins a connection; for adapters to other kinds of sockets.
   *
   * @internal
   */
  open(): FaultLink {
    this.#count += 1;
    const number = this.#count;
    const link = new FaultLink(number, this.#rules, this.#clock, this.#maxWaiting, () =>
      this.#links.delete(number),
    );
    this.#links.set(number, link);
    return link;
  }
}

function endOf(side: { close(code: number, reason: string): void; terminate(): void }): {
  close(code: number, reason: string): void;
  terminate(): void;
} {
  return {
    close: (code, reason) => side.close(code, reason),
    terminate: () => side.terminate(),
  };
}
