/**
 * Keeps 2,000 sessions busy while 1,000 events a second flow over 100 topics: they subscribe, unsubscribe, drop and come
 * back at random. At the end nothing may be lost, twice or out of order, and nothing left behind.
 *
 * `npm run soak` runs ten minutes; `npm run soak -- --seconds 60 --seed 7` as long and as random as said. Exits with 1 and
 * says why where something is wrong.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createWsTransport, Session, type Subscription } from "orderly-ws";
import { noFaults, TopicAccount } from "./accountant.ts";
import { CuttableTransport } from "./cuttable-transport.ts";
import { growth, leaks, mebibytes, resources, slopeProblem } from "./heap-samples.ts";
import { TOPICS, topicName } from "./load.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    sessions: { type: "string", default: "2000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const SECONDS = Number(values.seconds);
const SESSIONS = Number(values.sessions);
const ACTIONS_PER_SECOND = SESSIONS / 10;
const TOPICS_PER_SESSION = 2;
const TICK_MS = 20;

const random = seeded(Number(values.seed));
const faults = noFaults();
const done = { subscribed: 0, unsubscribed: 0, cut: 0, closed: 0, handled: 0, gaps: 0 };
const report = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

interface Interest {
  readonly subscription: Subscription<never, string>;
  readonly account: TopicAccount;
}

/** One of the sessions, and what it is to do next. */
class Player {
  readonly #url: string;
  #transport!: CuttableTransport;
  #session!: Session;
  readonly #interests = new Map<string, Interest>();
  #busy: Promise<void> = Promise.resolve();
  /** What it is doing, for the report on those that never finish. */
  doing = "";

  constructor(url: string) {
    this.#url = url;
  }

  /** Does something, behind what it is at. */
  act(action: () => Promise<void>): void {
    this.#busy = this.#busy.then(action, action);
  }

  get settled(): Promise<void> {
    return this.#busy;
  }

  /** Where it stands, for the same report. */
  get state(): string {
    return `${this.doing} in ${this.#session.state}`;
  }

  async start(): Promise<void> {
    this.doing = "connect";
    this.#transport = new CuttableTransport(createWsTransport());
    const reconnect = { initialDelayMs: 50, maxDelayMs: 500, retryFirst: true };
    this.#session = new Session({ url: this.#url, reconnect }, { transport: this.#transport });
    await this.#session.connect();
    while (this.#interests.size < TOPICS_PER_SESSION) await this.#subscribe();
  }

  /** Leaves one topic for another. */
  async swap(): Promise<void> {
    const [topic] = [...this.#interests.keys()].filter(() => random() < 0.5);
    if (topic !== undefined) await this.#unsubscribe(topic);
    while (this.#interests.size < TOPICS_PER_SESSION) await this.#subscribe();
  }

  async cut(): Promise<void> {
    done.cut += 1;
    this.#transport.cut();
  }

  /** Closes, and comes back as another session. */
  async renew(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    this.doing = "close";
    const receipt = await this.#session.close();
    done.closed += 1;
    if (!receipt.clean && receipt.closeCode === 1000) faults.uncleanCloses += 1;
    for (const [topic, { account }] of this.#interests)
      this.#finish(account, receipt.lastSeq[topic]);
    this.#interests.clear();
  }

  async #subscribe(): Promise<void> {
    const topic = topicName(Math.floor(random() * TOPICS));
    if (this.#interests.has(topic)) return;
    this.doing = "subscribe";
    const account = new TopicAccount(faults);
    const subscription = this.#session.subscribe(topic, { deadlineMs: 30_000 });
    subscription.on("event", ({ seq }) => account.event(seq));
    subscription.on("gap", ({ from, to }) => account.gap(from, to));
    const interest = {
      subscription: subscription as unknown as Subscription<never, string>,
      account,
    };
    this.#interests.set(topic, interest);
    try {
      const { positions } = await subscription.token;
      account.begin(positions[topic]?.seq ?? 0);
      done.subscribed += 1;
    } catch {
      this.#interests.delete(topic);
      if (!isExpected(subscription.token)) faults.badTokens += 1;
    }
  }

  async #unsubscribe(topic: string): Promise<void> {
    const interest = this.#interests.get(topic);
    if (interest === undefined) return;
    this.doing = "unsubscribe";
    this.#interests.delete(topic);
    const token = interest.subscription.unsubscribe();
    try {
      const { lastSeq } = await token;
      done.unsubscribed += 1;
      this.#finish(interest.account, token.proof === "frame" ? lastSeq[topic] : undefined);
    } catch {
      // A link that is cut meanwhile: nobody knows, and the session says so.
      if (!isExpected(token)) faults.badTokens += 1;
      this.#finish(interest.account, undefined);
    }
  }

  #finish(account: TopicAccount, lastSeq: number | undefined): void {
    account.end(lastSeq);
    done.handled += account.handled;
    done.gaps += account.gaps;
  }
}

const server = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), [], {
  execArgv: ["--expose-gc", ...process.execArgv],
});
const answers: ((answer: never) => void)[] = [];
server.on("message", (answer) => answers.shift()?.(answer as never));
server.once("exit", (code) => {
  if (answers.length > 0) throw new Error(`the server exited with ${code}`);
});
const ask = <Answer>(message?: object): Promise<Answer> =>
  new Promise((resolve) => {
    answers.push(resolve);
    if (message !== undefined) server.send(message);
  });

report(`${SESSIONS} sessions for ${SECONDS} s, seed ${values.seed}`);
const { port } = await ask<{ port: number }>();
const resourcesBefore = resources();
const players = Array.from({ length: SESSIONS }, () => new Player(`ws://127.0.0.1:${port}`));
for (let first = 0; first < players.length; first += 100) {
  await Promise.all(players.slice(first, first + 100).map((player) => player.start()));
}
report("all are connected");

const heap: number[] = [];
const serverHeap: number[] = [];
const startedAt = performance.now();
let acted = 0;
let nextSampleMs = SECONDS * 250;
await new Promise<void>((resolve, reject) => {
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs >= SECONDS * 1_000) {
      clearInterval(timer);
      resolve();
      return;
    }
    for (; acted < (elapsedMs / 1_000) * ACTIONS_PER_SECOND; acted += 1) {
      const player = players[Math.floor(random() * players.length)] as Player;
      const chance = random();
      if (chance < 0.6) player.act(() => player.swap());
      else if (chance < 0.85) player.act(() => player.cut());
      else player.act(() => player.renew());
    }
    // The first quarter is warm-up.
    if (elapsedMs < nextSampleMs) return;
    nextSampleMs += SECONDS * 75;
    globalThis.gc?.();
    heap.push(process.memoryUsage().heapUsed);
    ask<{ heapBytes: number; sessions: number; eventsDelivered: number }>({ type: "stats" }).then(
      (stats) => {
        serverHeap.push(stats.heapBytes);
        report(
          `${(elapsedMs / 1_000).toFixed(0)} s: ${stats.sessions} sessions, ${stats.eventsDelivered} delivered, heap ${mebibytes(heap.at(-1))}, server ${mebibytes(stats.heapBytes)}; faults ${JSON.stringify(faults)}`,
        );
      },
      reject,
    );
  }, TICK_MS);
});

/** Far above every deadline of a session: who is not done by then never will be. */
const PATIENCE_MS = 60_000;
const unfinished = new Set(players);
const stuck = await Promise.race([
  Promise.all(
    players.map(async (player) => {
      await player.settled;
      await player.stop();
      unfinished.delete(player);
    }),
  ).then(() => [] as string[]),
  new Promise<string[]>((resolve) => {
    const giveUp = (): void => resolve([...unfinished].map((player) => player.state));
    setTimeout(giveUp, PATIENCE_MS).unref();
  }),
]);
// The server hears of the last closes a moment later than we do.
let atRest = await ask<{ sessions: number; subscriptions: number }>({ type: "stats" });
for (let tries = 0; tries < 100 && atRest.sessions > 0; tries += 1)
  atRest = await ask({ type: "stats" });
const stopped = await ask<{ clean: boolean; sessions: number }>({ type: "stop" });
await new Promise((resolve) => server.once("exit", resolve));
const leaked = leaks(resourcesBefore, resources());

const problems = [
  ...countEqual(stuck).map(([state, count]) => `${count} never finished: ${state}`),
  ...Object.entries(faults).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : [])),
  ...leaked.map((name) => `left behind: ${name}`),
  ...(atRest.sessions > 0 ? [`the server keeps ${atRest.sessions} sessions`] : []),
  ...(stopped.clean ? [] : ["the server did not stop cleanly"]),
  ...(done.handled === 0 ? ["nothing was handled"] : []),
  ...slopeProblem("client", heap),
  ...slopeProblem("server", serverHeap),
];
report(
  JSON.stringify({
    ...done,
    ...faults,
    leaked: leaked.length,
    heapGrowth: growth(heap),
    serverHeapGrowth: growth(serverHeap),
  }),
);
report(
  problems.length === 0
    ? "nothing lost, nothing twice, nothing out of order, nothing left"
    : problems.join("; "),
);
process.exitCode = problems.length === 0 ? 0 : 1;

/** A link that is cut leaves an outcome unknown; one that is cut for long, a request unsent. */
function isExpected(token: {
  readonly outcome?: string | undefined;
  readonly error?: { readonly code: string } | undefined;
}): boolean {
  return token.outcome === "unknown" || token.error?.code === "DEADLINE_BEFORE_WRITE";
}

function countEqual(texts: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts];
}

/** mulberry32: small, seeded, good enough to choose by. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
