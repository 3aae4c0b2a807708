// Shows a trading desk in the browser: exchange -> session -> server -> page. Run: npm start (PORT=8080, HOST=127.0.0.1, PACE=1)
import { Desk } from "./desk.ts";
import { Exchange } from "./exchange.ts";

const CLOSE_DEADLINE_MS = 3_000;
const MAX_PACE = 100;

const log = (line: string): void => console.log(`desk: ${line}`);

function fail(message: string): never {
  console.error(`desk: ${message}`);
  process.exit(1);
}

function readPort(text: string): number {
  const port = Number(text);
  if (text !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  return fail(`PORT must be an integer from 0 to 65535, got "${text}"`);
}

function readPace(text: string): number {
  const pace = Number(text);
  if (pace > 0 && pace <= MAX_PACE) return pace;
  return fail(`PACE must be a number above 0, at most ${MAX_PACE}, got "${text}"`);
}

const host = process.env["HOST"] ?? "127.0.0.1";
const port = readPort(process.env["PORT"] ?? "8080");

const exchange = new Exchange(readPace(process.env["PACE"] ?? "1"));
const desk = await Desk.create(await exchange.open(), log);
const address = await desk
  .listen(port, host)
  .catch((error: NodeJS.ErrnoException) =>
    fail(
      error.code === "EADDRINUSE"
        ? `port ${port} is taken; choose another with PORT=8081, or PORT=0 for any that is free`
        : `cannot listen on ${host}:${port}: ${error.message}`,
    ),
  );
log(
  `open http://${host.includes(":") ? `[${host}]` : host}:${address.port}/ (Ctrl+C closes in order)`,
);

let isClosing = false;

async function close(signal: NodeJS.Signals): Promise<void> {
  // A terminal's Ctrl+C may come twice, from npm as well; the deadline bounds the wait anyway.
  if (isClosing) return;
  isClosing = true;
  log(`${signal}: closing`);
  const { pages, exchange: upstream } = await desk.close(CLOSE_DEADLINE_MS);
  log(`pages: ${pages.sessions.length} sessions, clean ${pages.clean}`);
  log(`exchange: clean ${upstream.clean}, unsubscribed ${upstream.unsubscribed.length} topics`);
  await exchange[Symbol.asyncDispose]();
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    close(signal).catch((error: unknown) => fail(String(error)));
  });
}
