import { readFile } from "node:fs/promises";
import { decimal } from "orderly-ws/decimal";
import { describe, expect, it } from "vitest";
import { OPERATIONS, plain } from "./support/server-arithmetic.ts";

/** As scripts/record-decimal-vectors.ts writes them. */
interface Vectors {
  readonly server: string;
  readonly columns: string;
  readonly tables: readonly {
    readonly precision: number;
    readonly scale: number;
    readonly query: string;
    readonly rows: readonly string[];
  }[];
}

const file = new URL("./mysql-vectors.json", import.meta.url);
const vectors = JSON.parse(await readFile(file, "utf8")) as Vectors;

describe(`What MySQL ${vectors.server} answered once`, () => {
  it("was asked about every operation", () => {
    expect(vectors.columns).toEqual(["a", "b", ...OPERATIONS.map(({ name }) => name)].join(", "));
    expect(vectors.server).toMatch(/^9\./);
    expect(vectors.tables.map(({ rows }) => rows.length)).toEqual([60, 60, 60, 60]);
  });

  it.each(vectors.tables)("is what DECIMAL($precision,$scale) computes", (table) => {
    const type = decimal(table.precision, table.scale);
    for (const row of table.rows) {
      const [left = "", right = "", ...answers] = row.split(" ");
      const [a, b] = [type.parse(left), type.parse(right)];
      expect(OPERATIONS.map(({ ours }) => plain(ours(a, b).toString()))).toEqual(
        answers.map(plain),
      );
    }
  });
});
