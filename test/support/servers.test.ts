import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findBinary } from "./servers/find-binary.ts";
import { startServerProcess, temporaryFolder } from "./servers/server-process.ts";

const folders: { remove(): Promise<void> }[] = [];

async function folderWith(...programs: string[]): Promise<string> {
  const folder = await temporaryFolder("orderly-test-");
  folders.push(folder);
  for (const name of programs) {
    await writeFile(join(folder.path, name), "#!/bin/sh\n");
    await chmod(join(folder.path, name), 0o755);
  }
  return folder.path;
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.remove()));
});

describe("findBinary", () => {
  it("takes the preferred name, wherever it is on PATH", async () => {
    const first = await folderWith("mysqld");
    const second = await folderWith("mariadbd");
    const environment = { PATH: [first, second].join(delimiter) };
    expect(findBinary(["mariadbd", "mysqld"], "ORDERLY_MYSQLD", environment)?.path).toBe(
      join(second, "mariadbd"),
    );
  });

  it("lets the variable overrule PATH, and throws if it names no program", async () => {
    const folder = await folderWith("mariadbd", "other");
    const named = { PATH: folder, ORDERLY_MYSQLD: join(folder, "other") };
    expect(findBinary(["mariadbd"], "ORDERLY_MYSQLD", named)?.path).toBe(join(folder, "other"));
    const wrong = { PATH: folder, ORDERLY_MYSQLD: join(folder, "absent") };
    expect(() => findBinary(["mariadbd"], "ORDERLY_MYSQLD", wrong)).toThrow(/ORDERLY_MYSQLD/);
  });

  it("finds nothing where PATH is empty or the file is no program", async () => {
    const folder = await folderWith();
    await mkdir(join(folder, "plain"));
    await writeFile(join(folder, "mariadbd"), "", { mode: 0o644 });
    expect(findBinary(["mariadbd"], "ORDERLY_MYSQLD", { PATH: folder })).toBeNull();
    expect(findBinary(["mariadbd"], "ORDERLY_MYSQLD", {})).toBeNull();
  });
});

describe("startServerProcess", () => {
  const node = { path: process.execPath, env: {} };

  it("waits for the line that says it is ready, and stops what it started", async () => {
    const program = 'console.error("is ready"); setInterval(() => {}, 1e6)';
    const server = await startServerProcess({
      binary: node,
      args: ["--eval", program],
      ready: /is ready/,
    });
    expect(process.kill(server.pid, 0)).toBe(true);
    await server.stop();
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow(/ESRCH/);
  });

  it("tells the last words of a server that ends before it is ready", async () => {
    const program = 'console.error("no space left"); process.exit(1)';
    const start = startServerProcess({
      binary: node,
      args: ["--eval", program],
      ready: /is ready/,
    });
    await expect(start).rejects.toThrow(/ended before it was ready:\nno space left/);
  });

  it("rejects where there is no such program", async () => {
    const start = startServerProcess({
      binary: { path: "/nowhere/server", env: {} },
      args: [],
      ready: /is ready/,
    });
    await expect(start).rejects.toThrow(/ENOENT/);
  });
});
