import type {
  ConnectionInfo,
  Credentials,
  ServerConnection,
  ServerConnectionListener,
} from "../server/connections/server-connection.ts";
import type { Clock } from "../session/clock.ts";
import type {
  Connection,
  ConnectionListener,
  ConnectTarget,
  Transport,
} from "../session/connection/transport.ts";
import { type FrameRecord, MemoryLink } from "./memory-link.ts";
import type { FrameFate } from "./memory-pipe.ts";

/** What is at the other end of the network: a server's `accept`, or a scripted peer. */
export type MemoryAcceptor = (
  connection: ServerConnection,
  info: ConnectionInfo,
) => ServerConnectionListener;

/** How a network behaves. */
export interface MemoryNetworkOptions {
  /** Time: a `VirtualClock` makes every run the same. */
  readonly clock: Clock;
  /** Milliseconds that a frame takes, each way. @defaultValue 1 */
  readonly latencyMs?: number;
}

/** Where a client seems to be. */
export interface MemoryClientOptions {
  /** @defaultValue `"192.0.2.1"` */
  readonly address?: string;
  /** @defaultValue null */
  readonly origin?: string | null;
  /** Credentials that come with the upgrade. @defaultValue null */
  readonly credentials?: Credentials | null;
}

/** Hears of every frame, when it is sent and when it arrives. */
export type FrameObserver = (record: FrameRecord, event: "sent" | "arrived") => void;

/**
 * Connects client sessions with a server, or with any function that plays one, without sockets: in
 * order, with latency, on a clock that a test moves, and with every fault that a test asks for.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const server = new SessionServer({ clock, authorize: "public" });
 * const network = new MemoryNetwork({ clock });
 * network.listen((connection, info) => server.accept(connection, info));
 * const transport = network.transport();
 * network.link(1)?.cutAfter("toClient", 3);
 * ```
 */
export class MemoryNetwork {
  /** Decides what becomes of each frame; null delivers all. */
  rule: ((record: FrameRecord) => FrameFate) | null = null;
  /** Whether connections are refused, as by a port where nobody listens. */
  isRefusing = false;
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #links: MemoryLink[] = [];
  readonly #observers = new Set<FrameObserver>();
  #acceptor: MemoryAcceptor | null = null;

  /** @throws RangeError when `latencyMs` is not a number from 0 up. */
  constructor({ clock, latencyMs = 1 }: MemoryNetworkOptions) {
    if (!(latencyMs >= 0 && Number.isFinite(latencyMs))) {
      throw new RangeError(`latencyMs must be a finite number from 0 up, got ${latencyMs}`);
    }
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** Says who accepts connections from now on; null for nobody. */
  listen(acceptor: MemoryAcceptor | null): void {
    this.#acceptor = acceptor;
  }

  /** Hears of every frame. @returns Stops that. */
  observe(observer: FrameObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Every connection there ever was, the oldest first. */
  get links(): readonly MemoryLink[] {
    return this.#links;
  }

  /** The connection with this number, from 1; the newest without one. */
  link(number: number = this.#links.length): MemoryLink | undefined {
    return this.#links[number - 1];
  }

  /** Makes a transport for a client session. */
  transport(client: MemoryClientOptions = {}): Transport {
    return { connect: (target, listener) => this.#connect(client, target, listener) };
  }

  #connect(
    client: MemoryClientOptions,
    target: ConnectTarget,
    listener: ConnectionListener,
  ): Connection {
    const { protocol, pathname, search } = new URL(target.url);
    if (protocol !== "ws:" && protocol !== "wss:") {
      throw new TypeError(`url must begin with ws: or wss:, got ${protocol}`);
    }
    const link = new MemoryLink(
      this.#links.length + 1,
      this.#clock,
      this.#latencyMs,
      {
        fateOf: (record) => this.rule?.(record) ?? "deliver",
        observe: (record, event) => {
          for (const observer of this.#observers) observer(record, event);
        },
      },
      listener,
    );
    this.#links.push(link);
    const info: ConnectionInfo = {
      address: client.address ?? "192.0.2.1",
      url: `${pathname}${search}`,
      origin: client.origin ?? null,
      credentials: client.credentials ?? null,
    };
    link.open(target.subprotocols[0] ?? "", () => {
      const acceptor = this.isRefusing ? null : this.#acceptor;
      return acceptor === null ? null : (connection) => acceptor(connection, info);
    });
    return link.client;
  }
}
