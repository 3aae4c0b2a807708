import { defineConfig } from "tsup";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    browser: "src/browser.ts",
    protocol: "src/protocol/index.ts",
    server: "src/server/index.ts",
    testing: "src/testing/index.ts",
    backplane: "src/backplane/index.ts",
    decimal: "src/decimal/index.ts",
  },
  format: "esm",
  target: ["node20", "es2022"],
  platform: "neutral",
  splitting: true,
  sourcemap: true,
  clean: true,
  loader: { ".lua": "text" },
  external: [/^node:/],
  // tsup injects `baseUrl`, which TypeScript 6 reports as TS5101.
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
