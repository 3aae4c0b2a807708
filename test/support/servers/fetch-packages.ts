import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServerBinary } from "./find-binary.ts";

const run = promisify(execFile);

const CACHE = fileURLToPath(new URL("../../../.cache/servers/", import.meta.url));
// redis-tools holds the program that redis-server is a link to; a dependency that is installed already is not fetched.
const PACKAGES = ["redis-server", "redis-tools", "mariadb-server-core", "mariadb-client-core"];
const FETCH_LIMIT_MS = 300_000;

/** Where fetched packages keep programs. */
const PROGRAM_FOLDERS = ["usr/sbin", "usr/bin"];

/**
 * Brings the distribution's own server packages into a cache folder, without installing them: neither
 * root nor a change to the system is needed. Done once; later calls find the folder.
 *
 * @returns The folder that stands for `/`, or null where there is no apt.
 * @throws Error if apt is there and fails, with its message.
 */
async function fetchPackages(cache: string = CACHE): Promise<string | null> {
  const root = join(cache, "root");
  if (await isFolder(root)) return root;
  try {
    await run("apt-get", ["--version"]);
  } catch {
    return null;
  }

  await mkdir(cache, { recursive: true });
  // Two test processes may fetch at once: each works aside, and the first to finish provides.
  const work = await mkdtemp(join(cache, "fetch-"));
  try {
    for (const folder of ["lists/partial", "cache/archives/partial"]) {
      await mkdir(join(work, folder), { recursive: true });
    }
    const options = [
      `-oDir::State::Lists=${join(work, "lists")}`,
      `-oDir::Cache=${join(work, "cache")}`,
      "-oDebug::NoLocking=1",
      "-oAPT::Install-Recommends=0",
      // Else apt, run by root, hands the download to a user who cannot write here.
      `-oAPT::Sandbox::User=${process.env["USER"] ?? "root"}`,
      "-qq",
    ];
    await aptGet([...options, "update"]);
    // `--reinstall`: a package that is installed but not on PATH would not be downloaded.
    await aptGet([...options, "-y", "--reinstall", "--download-only", "install", ...PACKAGES]);
    const archives = join(work, "cache/archives");
    const unpacked = join(work, "root");
    for (const name of await readdir(archives)) {
      if (name.endsWith(".deb")) await run("dpkg", ["-x", join(archives, name), unpacked]);
    }
    await rename(unpacked, root).catch(async (error: unknown) => {
      if (!(await isFolder(root))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return root;
}

/** Finds a program among fetched packages, to be run with their libraries. */
export async function fetchedBinary(
  names: readonly string[],
  cache: string = CACHE,
): Promise<ServerBinary | null> {
  const root = await fetchPackages(cache);
  if (root === null) return null;
  const libraries: string[] = [];
  for (const folder of ["usr/lib", "lib"]) {
    const entries: string[] = await readdir(join(root, folder)).catch(() => []);
    libraries.push(
      ...entries.filter((name) => name.includes("-linux-")).map((name) => join(root, folder, name)),
    );
  }
  for (const folder of PROGRAM_FOLDERS) {
    const programs: string[] = await readdir(join(root, folder)).catch(() => []);
    const name = names.find((candidate) => programs.includes(candidate));
    if (name === undefined) continue;
    return {
      path: join(root, folder, name),
      env: { LD_LIBRARY_PATH: libraries.join(":") },
    };
  }
  return null;
}

async function aptGet(args: readonly string[]): Promise<void> {
  try {
    await run("apt-get", args, { timeout: FETCH_LIMIT_MS });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`apt-get could not fetch ${PACKAGES.join(", ")}: ${stderr.trim()}`, {
      cause: error,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch {
    return false;
  }
}
