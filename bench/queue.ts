/**
 * How many events a second `EventQueue` takes and handles, against a bare loop over an array (the floor) and against
 * fastq, a well-known queue. Each event carries a number that its handler adds up.
 */
import fastq from "fastq";
import { EventQueue } from "orderly-ws";
import { isQuick, printFigure, say } from "./support/figures.ts";

const POSTS = isQuick ? 1_000_000 : 5_000_000;
const ROUNDS = 7;
/** What a burst holds: events posted while another is being handled. */
const BURST = 1_000;

let sum = 0;

function timed(run: () => void | Promise<void>): Promise<number> | number {
  sum = 0;
  const startedAt = performance.now();
  const finish = (): number => {
    const perSecond = POSTS / ((performance.now() - startedAt) / 1_000);
    if (sum !== POSTS) throw new Error(`handled ${sum} of ${POSTS}`);
    return perSecond;
  };
  const result = run();
  return result === undefined ? finish() : result.then(finish);
}

/** The floor: an array filled with a burst and walked. */
function loop(): void {
  const events: { type: string; payload: number }[] = [];
  for (let posted = 0; posted < POSTS; posted += BURST) {
    events.length = 0;
    for (let index = 0; index < BURST; index += 1) events.push({ type: "added", payload: 1 });
    for (const event of events) sum += event.payload;
  }
}

/** Ours, one after another: each post is handled when it returns. */
function idle(): void {
  const queue = new EventQueue<{ added: number }>({
    handlers: {
      added: (amount) => {
        sum += amount;
      },
    },
  });
  for (let posted = 0; posted < POSTS; posted += 1) queue.post("added", 1);
}

/** Ours, in bursts: a handler posts what then waits. */
function bursts(): void {
  const queue = new EventQueue<{ added: number; burst: number }>({
    handlers: {
      added: (amount) => {
        sum += amount;
      },
      burst: (count) => {
        for (let index = 0; index < count; index += 1) queue.post("added", 1);
      },
    },
  });
  for (let posted = 0; posted < POSTS; posted += BURST) queue.post("burst", BURST);
}

/** fastq with its callback worker, concurrency 1, in bursts. */
async function fastqBursts(): Promise<void> {
  const queue = fastq((amount: number, done: (error: null) => void) => {
    sum += amount;
    done(null);
  }, 1);
  for (let posted = 0; posted < POSTS; posted += BURST) {
    queue.pause();
    for (let index = 0; index < BURST; index += 1) queue.push(1, noop);
    queue.resume();
  }
  if (!queue.idle()) {
    await new Promise<void>((resolve) => {
      queue.drain = resolve;
    });
  }
}

function noop(): void {}

const runs = {
  idle: [] as number[],
  bursts: [] as number[],
  loop: [] as number[],
  fastq: [] as number[],
};
for (let round = 0; round <= ROUNDS; round += 1) {
  say(`round ${round} of ${ROUNDS}${round === 0 ? " (warm-up, not counted)" : ""}`);
  const measured = {
    idle: await timed(idle),
    bursts: await timed(bursts),
    loop: await timed(loop),
    fastq: await timed(fastqBursts),
  };
  if (round === 0) continue;
  for (const name of ["idle", "bursts", "loop", "fastq"] as const) runs[name].push(measured[name]);
}
const common = { bench: "queue", unit: "1/s", better: "higher" } as const;
printFigure({
  ...common,
  figure: "posts_per_s",
  ours: runs.bursts,
  peer: "loop",
  theirs: runs.loop,
});
printFigure({
  ...common,
  figure: "posts_per_s",
  ours: runs.bursts,
  peer: "fastq",
  theirs: runs.fastq,
});
printFigure({ ...common, figure: "idle_posts_per_s", ours: runs.idle });
