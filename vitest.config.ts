import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";
import { SlowestFirst } from "./test/support/slowest-first.ts";

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

/** Tests that see the package as its users do: built, and often in another process. */
const ofThePackage = [
  "test/bench/**/*.test.ts",
  "test/examples/**/*.test.ts",
  "test/package/**/*.test.ts",
];

/** Tests of what the core session promises, too: they run against both, but for those of what only the whole one has. */
const ofBoth = [
  "close",
  "close-handlers",
  "connect",
  "bad-answers",
  "connection/heartbeat",
  "crossings",
  "delivery",
  "lost-in-close",
  "many-topics",
  "operations/request",
  "params",
  "peer-messages",
  "peers-failures",
  "queued-events",
  "reconnect",
  "regressions",
  "regressions-peer",
  "resume-refusals",
  "session-unsubscribe",
  "shared-signal",
  "since",
  "subscribe",
  "unsubscribe",
].map((name) => `test/session/${name}.test.ts`);

export default defineConfig({
  plugins: [luaAsText],
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    testTimeout: 20_000,
    // By default one core is left alone: with two that is half of the machine.
    maxWorkers: "100%",
    sequence: { sequencer: SlowestFirst },
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text", "html"],
      thresholds: {
        "src/!(mysql)/**": { branches: 95 },
        "src/core/**": { branches: 95 },
        "src/mysql/**": { branches: 95 },
      },
    },
    projects: [
      {
        extends: true,
        resolve: {
          alias: [
            { find: /^orderly-ws$/, replacement: source("index.ts") },
            { find: /^orderly-ws\/([a-z]+)$/, replacement: source("$1/index.ts") },
          ],
        },
        test: {
          name: "source",
          include: ["test/**/*.test.ts"],
          exclude: [...ofThePackage, "test/core/**"],
          setupFiles: "test/support/equality-testers.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "core",
          include: ["test/core/**/*.test.ts", ...ofBoth],
          env: { ORDERLY_CLIENT: "core" },
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: ofThePackage,
          globalSetup: "test/support/global-setup.ts",
        },
      },
      {
        extends: true,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["test/**/*.test-d.ts"],
            // These files alone, and what they import: `npm run types` reports what is wrong outside them.
            tsconfig: "tsconfig.types.json",
            ignoreSourceErrors: true,
          },
        },
      },
    ],
  },
});
