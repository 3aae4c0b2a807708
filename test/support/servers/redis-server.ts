import { startInDocker } from "./docker-server.ts";
import { fetchedBinary } from "./fetch-packages.ts";
import { findBinary } from "./find-binary.ts";
import { freePort, startServerProcess, temporaryFolder } from "./server-process.ts";

/** A Redis server of a test's own, or the one that `REDIS_URL` names. */
export interface RedisServer {
  /** `redis://host:port` */
  readonly url: string;
  /** Stops it and removes its data; leaves an outside server alone. */
  stop(): Promise<void>;
}

/** What to say where no Redis can be had. */
const ADVICE = "no Redis found: install redis-server, or set ORDERLY_REDIS_SERVER or REDIS_URL";

/**
 * Gets a Redis server: `REDIS_URL`, else a throwaway one from `ORDERLY_REDIS_SERVER`, PATH, the distribution's
 * packages or Docker, in this order.
 *
 * @param args - More arguments for a server of our own, such as `["--maxmemory", "8mb"]`.
 */
export async function startRedisServer(args: readonly string[] = []): Promise<RedisServer> {
  const outside = process.env["REDIS_URL"];
  if (outside !== undefined && outside !== "") {
    return { url: outside, stop: () => Promise.resolve() };
  }
  const names = ["redis-server"];
  const binary = findBinary(names, "ORDERLY_REDIS_SERVER") ?? (await fetchedBinary(names));
  if (binary === null) {
    const container = await startInDocker({
      image: "redis:7",
      port: 6379,
      args,
      ready: /Ready to accept connections/,
    });
    if (container === null) throw new Error(ADVICE);
    return { url: `redis://127.0.0.1:${container.port}`, stop: container.stop };
  }

  const folder = await temporaryFolder("orderly-redis-");
  const port = await freePort();
  const server = await startServerProcess({
    binary,
    args: [
      ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path],
      ...["--save", "", "--appendonly", "no", ...args],
    ],
    ready: /Ready to accept connections/i,
  }).catch(async (error: unknown) => {
    await folder.remove();
    throw error;
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}
