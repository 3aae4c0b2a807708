import fc from "fast-check";
import { TOPICS } from "./settings.ts";

/** What a subscription's handler does with an event. */
export type HandlerKind =
  | "quick"
  | "throwing"
  | "slow"
  | "rejecting"
  | "hanging"
  | "requesting"
  | "unsubscribing"
  | "unsubscribing-later"
  | "closing"
  | "closing-later"
  | "loop"
  | "slow-loop"
  | "unsubscribing-loop"
  | "none";

/** What becomes of one of the next frames. */
type Fate = "drop" | "duplicate" | "swap" | "delay";

/** What is done to the world: data alone, so that fast-check can print and shrink it. */
export type Step =
  | { readonly do: "connect"; readonly deadlineMs: number; readonly abortMs: number }
  | {
      readonly do: "subscribe";
      readonly topics: readonly string[];
      readonly order: "topic" | "connection" | "none";
      readonly handler: HandlerKind;
      readonly onFailure: "isolate" | "stop-subscription" | "stop-session";
      readonly maxQueued: number;
      readonly deadlineMs: number;
      readonly abortMs: number;
    }
  | {
      readonly do: "unsubscribe";
      readonly which: number;
      readonly deadlineMs: number;
      readonly abortMs: number;
    }
  | {
      readonly do: "unsubscribe-topics";
      readonly topics: readonly string[];
      readonly deadlineMs: number;
    }
  | {
      readonly do: "request";
      readonly method: string;
      /** Whether it has an idempotency key. */
      readonly isKeyed: boolean;
      readonly takesMs: number;
      readonly deadlineMs: number;
      readonly abortMs: number;
    }
  | { readonly do: "notify" }
  | { readonly do: "publish"; readonly topic: string; readonly times: number }
  | { readonly do: "close"; readonly deadlineMs: number }
  | { readonly do: "authenticate"; readonly as: string; readonly abortMs: number }
  | { readonly do: "listen"; readonly which: number }
  | { readonly do: "wait" }
  | { readonly do: "cut"; readonly silence: "none" | "client" | "server" }
  | {
      readonly do: "cut-after";
      readonly direction: "toServer" | "toClient";
      readonly frames: number;
      readonly silence: "none" | "client" | "server";
    }
  | { readonly do: "refuse"; readonly refuses: boolean }
  | {
      readonly do: "fault";
      readonly frames: "answer" | "event" | "request" | "any";
      readonly fate: Fate;
      readonly skip: number;
      readonly delayMs: number;
    }
  | { readonly do: "restart"; readonly deadlineMs: number }
  | { readonly do: "evict"; readonly code: number; readonly deadlineMs: number }
  | { readonly do: "revoke"; readonly topic: string }
  | { readonly do: "delete"; readonly topic: string }
  | { readonly do: "ghost"; readonly frame: "event" | "answer" | "opened" | "closed" };

/** A step, and for how long the world goes on afterwards. */
export interface Command {
  readonly step: Step;
  /** Milliseconds; 0 lets nothing happen before the next command. */
  readonly thenMs: number;
}

const topic = fc.constantFrom(...TOPICS);
const topics = fc.uniqueArray(topic, { minLength: 1, maxLength: 3 });
const which = fc.nat({ max: 7 });
/** Mostly the default, which 0 stands for. */
const deadlineMs = fc.constantFrom(0, 0, 0, 1, 3, 15, 100);
/** Mostly no signal, which -1 stands for; 0 is before the call, Infinity a signal that never aborts. */
const abortMs = fc.constantFrom(-1, -1, -1, -1, -1, -1, 0, 1, 2, 6, Infinity);

const QUIET_HANDLERS: readonly HandlerKind[] = [
  "quick",
  "quick",
  "slow",
  "requesting",
  "unsubscribing",
  "unsubscribing-later",
  "loop",
  "unsubscribing-loop",
  "none",
];

const ROUGH_HANDLERS: readonly HandlerKind[] = [
  ...QUIET_HANDLERS,
  "throwing",
  "rejecting",
  "hanging",
  "closing",
  "closing-later",
  "slow-loop",
];

function subscribes(kinds: readonly HandlerKind[], calm: boolean): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constant("subscribe" as const),
    topics,
    order: fc.constantFrom("topic", "topic", "connection", "none"),
    handler: fc.constantFrom(...kinds),
    onFailure: fc.constantFrom("isolate", "isolate", "stop-subscription", "stop-session"),
    maxQueued: calm ? fc.constant(10_000) : fc.constantFrom(10_000, 10_000, 1, 2, 4),
    deadlineMs: calm ? fc.constant(0) : deadlineMs,
    abortMs: calm ? fc.constant(-1) : abortMs,
  });
}

function requests(calm: boolean): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constant("request" as const),
    method: fc.constantFrom("echo", "echo", "slow", "throw", "fail", "refuse", "deny", "none"),
    isKeyed: fc.boolean(),
    takesMs: fc.constantFrom(1, 4, ...(calm ? [] : [50])),
    deadlineMs: calm ? fc.constant(1_000) : deadlineMs,
    abortMs: calm ? fc.constant(-1) : abortMs,
  });
}

const connects = fc.record({ do: fc.constant("connect" as const), deadlineMs, abortMs });
const notifies: fc.Arbitrary<Step> = fc.constant({ do: "notify" });
const publishes = fc.record({
  do: fc.constant("publish" as const),
  topic,
  times: fc.constantFrom(1, 1, 3),
});
const listens = fc.record({ do: fc.constant("listen" as const), which });
const waits: fc.Arbitrary<Step> = fc.constant({ do: "wait" });
const silence = fc.constantFrom("none", "none", "none", "client", "server");

/** Each with how often it comes. */
type Weighted = readonly (readonly [number, fc.Arbitrary<Step>])[];

const CALM_STEPS: Weighted = [
  [2, fc.constant<Step>({ do: "connect", deadlineMs: 0, abortMs: -1 })],
  [5, subscribes(QUIET_HANDLERS, true)],
  [
    3,
    fc.record({
      do: fc.constant("unsubscribe" as const),
      which,
      deadlineMs: fc.constant(1_000),
      abortMs: fc.constant(-1),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant("unsubscribe-topics" as const),
      topics,
      deadlineMs: fc.constant(1_000),
    }),
  ],
  [5, requests(true)],
  [1, notifies],
  [8, publishes],
  [1, listens],
  [1, waits],
];

const ROUGH_STEPS: Weighted = [
  [4, connects],
  [10, subscribes(ROUGH_HANDLERS, false)],
  [6, fc.record({ do: fc.constant("unsubscribe" as const), which, deadlineMs, abortMs })],
  [3, fc.record({ do: fc.constant("unsubscribe-topics" as const), topics, deadlineMs })],
  [8, requests(false)],
  [2, notifies],
  [10, publishes],
  [1, fc.record({ do: fc.constant("close" as const), deadlineMs })],
  [
    1,
    fc.record({
      do: fc.constant("authenticate" as const),
      as: fc.constantFrom("again", "good", "fresh", "bad"),
      abortMs,
    }),
  ],
  [2, listens],
  [2, waits],
];

const APPLICATION_STEPS = ROUGH_STEPS.filter(([, step]) => step !== publishes);

const LINK_FAULTS: Weighted = [
  [3, fc.record({ do: fc.constant("cut" as const), silence })],
  [
    4,
    fc.record({
      do: fc.constant("cut-after" as const),
      direction: fc.constantFrom("toServer", "toClient"),
      frames: fc.integer({ min: 1, max: 4 }),
      silence,
    }),
  ],
  [2, fc.record({ do: fc.constant("refuse" as const), refuses: fc.boolean() })],
  [
    1,
    fc.record({
      do: fc.constant("restart" as const),
      deadlineMs: fc.constantFrom(0, 2, 20),
    }),
  ],
  [
    1,
    fc.record({
      do: fc.constant("evict" as const),
      code: fc.constantFrom(1000, 4000, 4408),
      deadlineMs: fc.constantFrom(0, 10),
    }),
  ],
  [
    2,
    fc.record({
      do: fc.constant("ghost" as const),
      frame: fc.constantFrom("event", "event", "answer", "opened", "closed"),
    }),
  ],
];

const FRAME_FAULTS: Weighted = [
  [
    10,
    fc.record({
      do: fc.constant("fault" as const),
      frames: fc.constantFrom("answer", "answer", "answer", "event", "event", "request", "any"),
      fate: fc.constantFrom("drop", "duplicate", "swap", "delay"),
      skip: fc.nat({ max: 2 }),
      delayMs: fc.constantFrom(1, 3, 35),
    }),
  ],
  [1, fc.record({ do: fc.constant("revoke" as const), topic })],
  [1, fc.record({ do: fc.constant("delete" as const), topic })],
  [1, fc.record({ do: fc.constant("cut" as const), silence })],
];

function commandOf(steps: Weighted): fc.Arbitrary<Command> {
  return fc.record({
    step: fc.oneof(
      { withCrossShrink: true },
      ...steps.map(([weight, arbitrary]) => ({ weight, arbitrary })),
    ),
    thenMs: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 5, 12, 40),
  });
}

function listOf(steps: Weighted, longest: number): fc.Arbitrary<readonly Command[]> {
  const command = commandOf(steps);
  const later = fc.array(command, { maxLength: longest, size: "max" });
  // Most runs should do something: without a connection nothing can.
  const first: Command = { step: { do: "connect", deadlineMs: 0, abortMs: -1 }, thenMs: 0 };
  return fc
    .tuple(fc.constantFrom<readonly Command[]>([first], [{ ...first, thenMs: 8 }], []), later)
    .map(([beginning, rest]) => [...beginning, ...rest]);
}

/** Enough for 25 commands on average: fast-check prefers shorter lists at the start of its runs. */
const LONGEST = 60;

/** Commands in a world without faults. */
export const CALM_COMMANDS: fc.Arbitrary<readonly Command[]> = listOf(CALM_STEPS, LONGEST);
/** Commands while links are lost, refused and replaced. */
export const LINK_COMMANDS: fc.Arbitrary<readonly Command[]> = listOf(
  [...ROUGH_STEPS, ...LINK_FAULTS],
  LONGEST,
);
/** Commands while frames are dropped, duplicated, delayed and reordered. */
export const FRAME_COMMANDS: fc.Arbitrary<readonly Command[]> = listOf(
  [...ROUGH_STEPS, ...FRAME_FAULTS],
  LONGEST,
);

/** One command of an application, whoever is at the other end. */
export const APPLICATION_COMMAND: fc.Arbitrary<Command> = commandOf(APPLICATION_STEPS);
