import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = fileURLToPath(new URL("../../../.cache/data/", import.meta.url));

/**
 * Gives a new server the data that every new server begins with. They are written once for each kind of server, which
 * takes seconds, and copied from then on. Moved into their place whole: a run that was cut off leaves no half of them.
 *
 * @param kind - What they depend on: the server and its version.
 * @param target - Where to put them; must not be there.
 * @param write - Writes them into the folder that it is given, which is not there.
 */
export async function freshData(
  kind: string,
  target: string,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const original = join(CACHE, createHash("sha256").update(kind).digest("hex").slice(0, 16));
  if (!existsSync(original)) {
    await mkdir(CACHE, { recursive: true });
    const aside = await mkdtemp(join(CACHE, "new-"));
    try {
      const data = join(aside, "data");
      await write(data);
      // Another run may have been quicker.
      await rename(data, original).catch((error: unknown) => {
        if (!existsSync(original)) throw error;
      });
    } finally {
      await rm(aside, { recursive: true, force: true });
    }
  }
  await cp(original, target, { recursive: true });
}
