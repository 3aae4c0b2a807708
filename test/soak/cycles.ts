/**
 * Connects, subscribes, gets an event, unsubscribes and closes, 100,000 times, and looks at the heap of both ends meanwhile: it must
 * stay flat. `npm run soak:cycles`, or `-- --cycles 20000 --at-once 50`. Exits with 1 and says why where something is wrong.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Session } from "orderly-ws";
import { growth, leaks, mebibytes, resources, slopeProblem } from "./heap-samples.ts";
import { TOPICS, topicName } from "./load.ts";

const { values } = parseArgs({
  options: {
    cycles: { type: "string", default: "100000" },
    "at-once": { type: "string", default: "50" },
  },
});
const CYCLES = Number(values.cycles);
const AT_ONCE = Number(values["at-once"]);
const SAMPLES = 20;

const report = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const server = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), ["--history", "100"], {
  execArgv: ["--expose-gc", ...process.execArgv],
});
const answers: ((answer: never) => void)[] = [];
server.on("message", (answer) => answers.shift()?.(answer as never));
const ask = <Answer>(message?: object): Promise<Answer> =>
  new Promise((resolve) => {
    answers.push(resolve);
    if (message !== undefined) server.send(message);
  });

const { port } = await ask<{ port: number }>();
const resourcesBefore = resources();
const problems = new Map<string, number>();
const heap: number[] = [];
const serverHeap: number[] = [];
let begun = 0;
let ended = 0;

function problem(text: string): void {
  problems.set(text, (problems.get(text) ?? 0) + 1);
}

async function cycle(number: number): Promise<void> {
  const session = new Session({ url: `ws://127.0.0.1:${port}` });
  const topic = topicName(number % TOPICS);
  await session.connect();
  const subscription = session.subscribe(topic, { since: { last: 1 } });
  await subscription.token;
  const { lastSeq } = await subscription.unsubscribe();
  if (lastSeq[topic] === undefined) problem("an unsubscribe without the last seq");
  const receipt = await session.close();
  if (!receipt.clean || receipt.closeCode !== 1000) problem("an unclean close");
}

async function sample(): Promise<void> {
  globalThis.gc?.();
  heap.push(process.memoryUsage().heapUsed);
  const { heapBytes, sessions } = await ask<{ heapBytes: number; sessions: number }>({
    type: "stats",
  });
  serverHeap.push(heapBytes);
  report(
    `${ended} done: heap ${mebibytes(heap.at(-1))}, server ${mebibytes(heapBytes)} with ${sessions} sessions`,
  );
}

async function worker(): Promise<void> {
  while (begun < CYCLES) {
    begun += 1;
    await cycle(begun).catch((error: unknown) => problem(String(error)));
    ended += 1;
    // The first quarter is warm-up.
    if (ended >= CYCLES / 4 && ended % Math.ceil((CYCLES * 0.75) / SAMPLES) === 0) await sample();
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, worker));
let atRest = await ask<{ sessions: number; subscriptions: number }>({ type: "stats" });
for (let tries = 0; tries < 100 && atRest.sessions > 0; tries += 1)
  atRest = await ask({ type: "stats" });
await ask({ type: "stop" });
await new Promise((resolve) => server.once("exit", resolve));

const found = [
  ...[...problems].map(([text, count]) => `${count} × ${text}`),
  ...leaks(resourcesBefore, resources()).map((name) => `left behind: ${name}`),
  ...(atRest.sessions + atRest.subscriptions > 0 ? ["the server keeps sessions"] : []),
  ...slopeProblem("client", heap),
  ...slopeProblem("server", serverHeap),
];
report(
  JSON.stringify({ cycles: ended, heapGrowth: growth(heap), serverHeapGrowth: growth(serverHeap) }),
);
report(found.length === 0 ? "every close clean, the heap flat, nothing left" : found.join("; "));
process.exitCode = found.length === 0 ? 0 : 1;
