import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startServerProcess } from "./server-process.ts";

const run = promisify(execFile);

/** An image that serves one port. */
export interface Container {
  /** Image and tag. */
  readonly image: string;
  /** The port inside. */
  readonly port: number;
  /** `NAME=value` each. */
  readonly environment?: readonly string[];
  /** Arguments for the image's program. */
  readonly args?: readonly string[];
  /** Matches the line that says the server takes connections. */
  readonly ready: RegExp;
}

/** A running container. */
export interface RunningContainer {
  /** The port on 127.0.0.1. */
  readonly port: number;
  /** Stops and removes it. */
  stop(): Promise<void>;
}

/** Runs a server in Docker. Returns null where no Docker engine answers. */
export async function startInDocker(container: Container): Promise<RunningContainer | null> {
  try {
    await run("docker", ["info"]);
  } catch {
    return null;
  }
  const environment = (container.environment ?? []).flatMap((entry) => ["-e", entry]);
  const { stdout } = await run("docker", [
    ...["run", "--rm", "--detach", "--publish", `127.0.0.1::${container.port}`, ...environment],
    ...[container.image, ...(container.args ?? [])],
  ]);
  const id = stdout.trim();
  const stop = async (): Promise<void> => {
    await run("docker", ["rm", "--force", id]);
  };
  try {
    const logs = await startServerProcess({
      binary: { path: "docker", env: {} },
      args: ["logs", "--follow", id],
      ready: container.ready,
    });
    await logs.stop();
    const published = await run("docker", ["port", id, String(container.port)]);
    const port = Number(/:(\d+)\s*$/m.exec(published.stdout)?.[1]);
    if (!Number.isInteger(port)) throw new Error(`docker published no port: ${published.stdout}`);
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
