import { SessionServer, type SessionServerOptions } from "../../../src/server/session-server.ts";
import { type MemoryClientOptions, MemoryNetwork } from "../../../src/testing/memory-network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { MemoryClient } from "./memory-client.ts";

/** A server on a virtual clock, with a network to reach it. */
export interface World {
  readonly clock: VirtualClock;
  readonly server: SessionServer;
  readonly network: MemoryNetwork;
  connect(options?: MemoryClientOptions): Promise<MemoryClient>;
}

/** Secrets that differ, and are the same in each run. */
export function secret(number: number): string {
  return number.toString(16).padStart(32, "0");
}

/** Makes a server that lets everyone read everything, unless the options say otherwise. */
export function createWorld(options: SessionServerOptions = {}): World {
  const clock = new VirtualClock();
  const server = new SessionServer({
    authorize: "public",
    random: { fraction: () => 0.5, secret: () => secret(0xabcdef) },
    ...options,
    clock,
  });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  return {
    clock,
    server,
    network,
    connect: (client) => MemoryClient.connect(network, clock, client),
  };
}
