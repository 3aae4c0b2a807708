import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { migrationsFrom } from "../../../src/mysql/migrations/migration.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "orderly-migrations-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

describe("migrationsFrom", () => {
  it("reads each way up with the way down beside it, in order of names, and leaves other files alone", async () => {
    await write("0002_b.sql", "SELECT 2");
    await write("0001_a.sql", "\uFEFFSELECT 1");
    await write("0001_a.down.sql", "SELECT -1");
    await write("README.md", "none");
    expect(await migrationsFrom(folder)).toEqual([
      { name: "0001_a", up: "SELECT 1", down: "SELECT -1" },
      { name: "0002_b", up: "SELECT 2" },
    ]);
  });

  it("refuses a way down without a way up, and a folder that is not there", async () => {
    await write("0001_a.down.sql", "SELECT -1");
    await expect(migrationsFrom(folder)).rejects.toMatchObject({
      code: "USAGE",
      message: `0001_a.down.sql in ${folder} takes back what is not there`,
    });
    await expect(migrationsFrom(join(folder, "none"))).rejects.toMatchObject({ code: "USAGE" });
  });
});
