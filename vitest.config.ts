import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";

/** Loads a `.lua` file as its text, as the build does. */
const luaAsText: Plugin = {
  name: "lua-as-text",
  enforce: "pre",
  async load(id) {
    if (!id.endsWith(".lua")) return null;
    return `export default ${JSON.stringify(await readFile(id, "utf8"))};`;
  },
};

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  plugins: [luaAsText],
  resolve: {
    alias: [
      { find: /^orderly-ws$/, replacement: source("index.ts") },
      { find: /^orderly-ws\/([a-z]+)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
  },
});
