/**
 * How long 10,000 orderly closes take, from `close()` on sessions already subscribed, against 10,000 bare `ws` closes;
 * and whether the server saw every unsubscribe before the close. Servers are in a process of their own.
 *
 * The protocol's floor is three round trips (unsubscribe, bye, close handshake) against one.
 */
import { Session } from "orderly-ws";
import { WebSocket } from "ws";
import { startChild } from "../support/child.ts";
import { isQuick, printFigure, say } from "../support/figures.ts";

const CLOSES = isQuick ? 3_000 : 10_000;
/** Sockets open at once, on both sides: a process may have 20,000 files. */
const BATCH = 500;
const ROUNDS = 5;

interface Ports {
  readonly orderly: number;
  readonly bare: number;
}

async function orderly(port: number): Promise<{ elapsedMs: number; errors: number }> {
  const sessions = await Promise.all(
    Array.from({ length: BATCH }, async (_, index) => {
      const session = new Session({ url: `ws://127.0.0.1:${port}` });
      await session.connect();
      await session.subscribe(`quotes:${index % 100}`).token;
      return session;
    }),
  );
  const startedAt = performance.now();
  const receipts = await Promise.all(sessions.map((session) => session.close()));
  const elapsedMs = performance.now() - startedAt;
  return {
    elapsedMs,
    errors: receipts.filter(({ clean, unsubscribed }) => !clean || unsubscribed.length !== 1)
      .length,
  };
}

async function bare(port: number): Promise<{ elapsedMs: number; errors: number }> {
  const sockets = await Promise.all(
    Array.from({ length: BATCH }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
      await new Promise((resolve) => socket.once("open", resolve));
      return socket;
    }),
  );
  const startedAt = performance.now();
  const codes = await Promise.all(
    sockets.map(async (socket) => {
      const closed = new Promise<number>((resolve) => socket.once("close", resolve));
      socket.close(1000);
      return await closed;
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  return { elapsedMs, errors: codes.filter((code) => code !== 1000).length };
}

const server = startChild("close-race/server.ts", []);
const ports = await server.next<Ports>();
const elapsed = { orderly: [] as number[], bare: [] as number[] };
let errors = 0;
await orderly(ports.orderly);
await bare(ports.bare);
for (let round = 0; round < ROUNDS; round += 1) {
  const sum = { orderly: 0, bare: 0 };
  for (let closed = 0; closed < CLOSES / ROUNDS; closed += BATCH) {
    // Interleaved, and in turns, so that neither always follows the other.
    const pairs = [
      ["orderly", orderly, ports.orderly],
      ["bare", bare, ports.bare],
    ] as const;
    for (const [name, run, port] of round % 2 === 0 ? pairs : pairs.toReversed()) {
      const result = await run(port);
      sum[name] += result.elapsedMs;
      errors += result.errors;
    }
  }
  elapsed.orderly.push(sum.orderly);
  elapsed.bare.push(sum.bare);
  say(`round ${round + 1}: orderly ${sum.orderly.toFixed(0)} ms, ws ${sum.bare.toFixed(0)} ms`);
}
server.send({ type: "report" });
const seen = await server.next<{
  subscribed: number;
  unsubscribedBeforeClose: number;
  clean: number;
  cpuUs: number;
}>();
server.stop();
say(
  `server: ${seen.subscribed} subscribed, ${seen.unsubscribedBeforeClose} unsubscribed, ${seen.clean} clean ends`,
);

const common = { bench: "close-race", better: "lower" } as const;
printFigure({
  ...common,
  figure: "elapsed_ms",
  unit: "ms",
  ours: elapsed.orderly,
  peer: "ws",
  theirs: elapsed.bare,
});
printFigure({
  ...common,
  figure: "errors",
  unit: "closes",
  ours: [errors + seen.subscribed - seen.clean],
});
printFigure({
  ...common,
  figure: "unsubscribes_unseen",
  unit: "closes",
  ours: [seen.subscribed - seen.unsubscribedBeforeClose],
});
