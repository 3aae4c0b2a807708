import { defineConfig } from "tsup";

const entry = {
  index: "src/index.ts",
  core: "src/core/index.ts",
  "core-with-authentication": "src/core/with-authentication.ts",
  protocol: "src/protocol/index.ts",
  server: "src/server/index.ts",
  feeds: "src/feeds/index.ts",
  recording: "src/recording/index.ts",
  "recording-browser": "src/recording/browser.ts",
  testing: "src/testing/index.ts",
  backplane: "src/backplane/index.ts",
  decimal: "src/decimal/index.ts",
  mysql: "src/mysql/index.ts",
  "orderly-mysql": "src/mysql/cli/main.ts",
};

export default defineConfig({
  entry,
  format: "esm",
  target: ["node20", "es2022"],
  platform: "neutral",
  splitting: true,
  sourcemap: true,
  clean: true,
  loader: { ".lua": "text" },
  external: [/^node:/],
  removeNodeProtocol: false,
  dts: {
    // The browser's code is bundled apart (scripts/browser-bundle.ts); its declarations are made with the others.
    entry: {
      ...entry,
      browser: "src/browser.ts",
      "core-browser": "src/core/browser.ts",
      "core-with-authentication-browser": "src/core/with-authentication-browser.ts",
    },
    // `await using` is younger than the `lib` of most projects, and a page has no types of Node's that bring it.
    banner: '/// <reference lib="esnext.disposable" />',
    // tsup injects `baseUrl`, which TypeScript 6 reports as TS5101.
    compilerOptions: { ignoreDeprecations: "6.0" },
  },
});
