import type { Client } from "./clients.ts";
import { runHostile, runModel, type Weather } from "./run.ts";

const [weather = "links", runs = "100", seed = "1", client, path] = process.argv.slice(2);
const started = performance.now();
const options = {
  runs: Number(runs),
  seed: Number(seed),
  client: client as Client | undefined,
  path,
};
const report =
  weather === "hostile" ? await runHostile(options) : await runModel(weather as Weather, options);
const ms = Math.round(performance.now() - started);
console.log(`${weather}: ${report.runs} runs, ${report.commands} commands, ${ms} ms`);
