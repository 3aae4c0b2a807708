/**
 * What a page loads for a client: the bytes of a browser's bundle, minified and gzipped, of ours and of the clients that
 * `npm run compare` runs beside it, each as its own documentation imports it. Nothing here is timed: one run says all.
 */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { installPeers } from "./compare/peers.ts";
import { printFigure } from "./support/figures.ts";

const PEERS: Readonly<Record<string, string>> = {
  centrifuge: 'export { Centrifuge } from "centrifuge";',
  ably: 'export { Realtime } from "ably";',
  "@microsoft/signalr": 'export { HubConnectionBuilder } from "@microsoft/signalr";',
  "@nats-io/nats-core": 'export { wsconnect } from "@nats-io/nats-core";',
  mqtt: 'export { default } from "mqtt";',
  phoenix: 'export { Socket } from "phoenix";',
  "pusher-js": 'export { default } from "pusher-js";',
  "socket.io-client": 'export { io } from "socket.io-client";',
};

/** Bundles a module's source text as a page's bundler does. */
async function gzipBytes(contents: string, folder: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(folder, import.meta.url)) },
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    minify: true,
    write: false,
  });
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).length, 0);
}

await installPeers();
/** Our clients, by the name of their figure. */
const OURS: Readonly<Record<string, string>> = {
  gzip_bytes: "browser",
  core_gzip_bytes: "core-browser",
};
for (const [figure, file] of Object.entries(OURS)) {
  const ours = await gzipBytes(`export { Session } from "./dist/${file}.js";`, "../");
  for (const [peer, contents] of Object.entries(PEERS)) {
    const theirs = await gzipBytes(contents, "./compare/peers/");
    const common = { bench: "weight", figure, unit: "B", better: "lower" } as const;
    printFigure({ ...common, ours: [ours], peer, theirs: [theirs] });
  }
}
