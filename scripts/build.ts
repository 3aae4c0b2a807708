/**
 * Builds `dist` with tsup, and the entries of browsers apart. `--if-changed` returns at once when `dist` was built from the present sources.
 *
 * Examples, benches and package tests read `dist` while a build may be running, so it is built beside its
 * place and moved there whole, and only one build runs at a time.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { writeBrowserEntries } from "./browser-bundle.ts";
import { isFresh, recordBuild, sourceFingerprint } from "./build-stamp.ts";
import { withLock } from "./lock.ts";

const root = new URL("../", import.meta.url);
const dist = new URL("dist/", root);

async function buildAside(): Promise<void> {
  // A sibling of `dist`, so that the relative paths in source maps stay right after the move.
  const name = `.dist-${randomUUID()}`;
  const fresh = new URL(`${name}/`, root);
  const old = new URL(`${name}-old/`, root);
  const fingerprint = await sourceFingerprint();
  try {
    await build({ outDir: name, silent: true });
    await writeBrowserEntries(fileURLToPath(fresh));
    await mkdir(dist, { recursive: true });
    await rename(dist, old);
    await rename(fresh, dist);
    await recordBuild(fingerprint);
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

process.chdir(new URL(".", root).pathname);
const ifChanged = process.argv.includes("--if-changed");
if (!(ifChanged && (await isFresh()))) {
  await withLock(async () => {
    // Whoever held the lock before may have built the same sources.
    if (ifChanged && (await isFresh())) return;
    const startMs = performance.now();
    await buildAside();
    console.error(`dist built in ${Math.round(performance.now() - startMs)} ms`);
  });
}
