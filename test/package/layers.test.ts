import { describe, expect, it } from "vitest";
import { forbiddenImports } from "../../scripts/layers.ts";

describe("the layers of src", () => {
  it.each([
    ["session/session.ts", 'import { EventEmitter } from "eventemitter3";'],
    ["session/deep/er/still.ts", 'import { a } from "../../../protocol/index.ts";'],
    ["server/topics/topic.ts", 'export { b } from "../../backplane/index.ts";'],
    ["mysql/shards/pool.ts", 'import { c } from "mysql2/promise"; import "node:fs/promises";'],
    [
      "mysql/sql/words.ts",
      'import { d } from "../mysql-error.ts"; import { e } from "./lexer.ts";',
    ],
    ["index.ts", 'export * from "./session/index.ts";'],
  ])("let %s import what its folder may", (path, text) => {
    expect(forbiddenImports(path, text)).toEqual([]);
  });

  it.each([
    ["session/deep/er/still.ts", 'export { WebSocket } from "ws";', "ws"],
    ["session/types.ts", 'export type A = import("ws").WebSocket;', "ws"],
    ["session/late.ts", 'const a = await import("node:fs");', "node:fs"],
    ["backplane/sub/own.ts", 'import type { A } from "../../server/a.ts";', "../../server/a.ts"],
    ["unknown/a.ts", 'import { a } from "../server/a.ts";', "../server/a.ts"],
    ["mysql/sql/words.ts", 'import { a } from "../shards/pool.ts";', "../shards/pool.ts"],
    ["index.ts", 'export * from "./server/index.ts";', "./server/index.ts"],
    [
      "core/core.ts",
      'import { a } from "../transport/ws-transport.ts";',
      "../transport/ws-transport.ts",
    ],
  ])("do not let %s say `%s`", (path, text, name) => {
    expect(forbiddenImports(path, text)).toEqual([name]);
  });
});
