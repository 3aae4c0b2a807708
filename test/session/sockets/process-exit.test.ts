import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { closeServers, serve } from "../../server/support/serve.ts";

afterEach(closeServers);

const CHILD = fileURLToPath(new URL("../support/session-process.ts", import.meta.url));

/** Runs a process that uses a session and then has nothing more to do; gives what it printed and how it ended. */
async function runChild(
  ...args: readonly string[]
): Promise<{ printed: string; code: unknown; afterMs: number }> {
  const child = spawn(process.execPath, ["--import", "tsx", CHILD, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  let saidAt = Number.NaN;
  child.stdout.on("data", (chunk: Buffer) => {
    printed += String(chunk);
    saidAt = performance.now();
  });
  const [code] = (await once(child, "close")) as [unknown];
  return { printed: printed.trim(), code, afterMs: performance.now() - saidAt };
}

describe("a process", () => {
  it("ends by itself behind a closed session: nothing keeps it alive", async () => {
    const { url } = await serve();
    const { printed, code, afterMs } = await runChild("close", url);
    expect([printed, code]).toEqual(["closed, clean: true", 0]);
    expect(afterMs).toBeLessThan(1_500);
  });

  it("ends by itself behind a connection that was refused", async () => {
    const { printed, code, afterMs } = await runChild("refused", "ws://127.0.0.1:1/");
    expect([printed, code]).toEqual(["disconnected, CONNECT_REFUSED", 0]);
    expect(afterMs).toBeLessThan(1_500);
  });

  it("ends by itself behind a session in state error", async () => {
    const { server, url } = await serve();
    server.on("opened", (session) => void session.close({ code: 4_403 }));
    const { printed, code, afterMs } = await runChild("error", url);
    expect([printed, code]).toEqual(["error, CONNECTION_LOST", 0]);
    expect(afterMs).toBeLessThan(1_500);
  });
});
