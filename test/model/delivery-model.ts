import fc from "fast-check";
import { Session } from "../../src/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { atLeastOnce } from "../../src/session/delivery/at-least-once.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import {
  CountedReader,
  type Data,
  HANDLERS,
  type HandlerTime,
  POLICIES,
  type PolicyName,
} from "./counted-reader.ts";
import { secretOf } from "./host.ts";
import { holds } from "./violation.ts";

/** What is done to a world whose events are counted. */
type Step =
  | { readonly do: "publish"; readonly topic: string; readonly key: number; readonly times: number }
  | {
      readonly do: "subscribe";
      readonly topic: string;
      readonly policy: PolicyName;
      readonly handler: HandlerTime;
      readonly maxQueued: number;
      readonly order: "topic" | "connection" | "none";
      readonly since: "none" | "last" | "position";
    }
  | { readonly do: "unsubscribe"; readonly which: number }
  | { readonly do: "stall" }
  | { readonly do: "drain" }
  | { readonly do: "cut" }
  | { readonly do: "restart"; readonly deadlineMs: number };

interface Command {
  readonly step: Step;
  readonly thenMs: number;
}

interface Settings {
  /** How many events of each topic the server remembers. */
  readonly remembers: number;
  /** When the client stops reading. */
  readonly highWatermark: number;
  /** Bytes from which the server thins. */
  readonly highWatermarkBytes: number;
  readonly chance: number;
}

/** What came of a run. */
export interface DeliveryReport {
  readonly runs: number;
  /** Events that stood for several, and gaps, over all runs: a run without them proves little. */
  readonly conflated: number;
  readonly gaps: number;
}

const TOPICS = ["a", "b"];
const topic = fc.constantFrom(...TOPICS);

const SETTINGS: fc.Arbitrary<Settings> = fc.record({
  remembers: fc.constantFrom(1_000, 1_000, 10),
  highWatermark: fc.constantFrom(Infinity, Infinity, 6),
  highWatermarkBytes: fc.constantFrom(300, 131_072),
  chance: fc.nat(),
});

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("publish" as const),
      topic,
      key: fc.nat(2),
      times: fc.constantFrom(1, 2, 7),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      topic,
      policy: fc.constantFrom(...POLICIES),
      handler: fc.constantFrom(...HANDLERS),
      maxQueued: fc.constantFrom(10_000, 10_000, 3),
      order: fc.constantFrom("topic", "topic", "connection", "none"),
      since: fc.constantFrom("none", "none", "last", "position"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), which: fc.nat(5) }),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "stall" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "drain" }) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "cut" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("restart" as const),
      deadlineMs: fc.constantFrom(0, 15),
    }),
  },
);

const COMMANDS: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.record({ step: STEP, thenMs: fc.constantFrom(0, 0, 0, 1, 3, 8, 25) }),
  { maxLength: 50, size: "max" },
);

/** Long enough for every handler that waits, and for a session that comes back, in milliseconds. */
const AFTERMATH_MS = 30_000;

/**
 * Runs random subscriptions of every policy over links that stall, are cut, and lead to servers that are restarted, and
 * counts every event.
 *
 * @throws Error with the shortest commands that show a violation.
 */
export async function runDelivery(options: {
  readonly runs: number;
  readonly seed: number;
  readonly path?: string | undefined;
}): Promise<DeliveryReport> {
  const report = { runs: 0, conflated: 0, gaps: 0 };
  const { seed, path } = options;
  const property = fc.asyncProperty(SETTINGS, COMMANDS, async (settings, commands) => {
    report.runs += 1;
    const world = new DeliveryWorld(settings);
    await world.start();
    for (const { step, thenMs } of commands) {
      world.perform(step);
      await world.clock.advance(thenMs);
      world.check();
    }
    await world.finish();
    for (const { conflated, gaps } of world.readers) {
      report.conflated += conflated;
      report.gaps += gaps;
    }
  });
  await fc.assert(property, {
    numRuns: options.runs,
    seed,
    ...(path === undefined ? undefined : { path }),
  });
  return report;
}

class DeliveryWorld {
  readonly clock = new VirtualClock();
  readonly readers: CountedReader[] = [];
  readonly #network = new MemoryNetwork({ clock: this.clock });
  readonly #settings: Settings;
  readonly #random: () => number;
  readonly #session: Session;
  readonly #failures: unknown[] = [];
  // Every event there was, by topic, epoch and number: its key.
  readonly #keys = new Map<string, number>();
  // Each server's, in order: no server remembers what one before it published.
  readonly #epochs: string[] = [];
  #server: SessionServer;

  constructor(settings: Settings) {
    this.#settings = settings;
    let state = settings.chance;
    this.#random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const random = { fraction: this.#random, secret: () => secretOf(this.#random) };
    this.#server = this.#serve();
    this.#session = new Session(
      {
        url: "ws://delivery.test/",
        reconnect: { initialDelayMs: 2, maxDelayMs: 8 },
        requestTimeoutMs: 20_000,
        unsubscribeTimeoutMs: 20_000,
        closeTimeoutMs: 60_000,
        pingIntervalMs: 2_000,
        highWatermark: settings.highWatermark,
        lowWatermark: Math.min(2, settings.highWatermark),
      },
      { clock: this.clock, random, transport: this.#network.transport() },
    );
    this.#session.on("error", (error) => {
      if (error.code === "INTERNAL") this.#failures.push(error.cause ?? error);
    });
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.clock.advance(5);
  }

  perform(step: Step): void {
    switch (step.do) {
      case "publish":
        for (let time = 0; time < step.times; time += 1) this.#publish(step.topic, step.key);
        return;
      case "subscribe":
        this.#subscribe(step);
        return;
      case "unsubscribe":
        this.readers[step.which % this.readers.length]?.leave();
        return;
      case "stall":
        this.#network.link()?.hold("toClient");
        return;
      case "drain":
        this.#network.link()?.release("toClient");
        return;
      case "cut":
        this.#network.link()?.cut();
        return;
      case "restart":
        void this.#server.close({ deadlineMs: step.deadlineMs });
        this.#server = this.#serve();
    }
  }

  check(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
    for (const { failure } of this.readers) if (failure !== undefined) throw failure;
  }

  /** Lets everything arrive, ends every subscription, and counts. */
  async finish(): Promise<void> {
    this.#network.link()?.release("toClient");
    await this.clock.advance(5_000);
    // What comes last must reach everybody.
    for (const name of TOPICS) for (let key = 0; key < 3; key += 1) this.#publish(name, key);
    await this.clock.advance(AFTERMATH_MS);
    for (const reader of this.readers) reader.leave();
    await this.clock.advance(AFTERMATH_MS);
    const closing = this.#session.close();
    await this.clock.advance(1_000);
    this.check();
    const { clean } = await closing;
    holds(clean, () => "the close is not clean");
    for (const reader of this.readers) await reader.checkEnd();
    this.check();
    const { eventsQueued } = this.#session.stats();
    holds(eventsQueued === 0, () => `${eventsQueued} events are still queued`);
    void this.#server.close({ deadlineMs: 1 });
    await this.clock.advance(1_000);
    holds(this.clock.pendingTimers === 0, () => `${this.clock.pendingTimers} timers are left`);
  }

  #publish(name: string, key: number): void {
    const target = this.#server.topic(name);
    const { epoch } = target.position;
    const data: Data = { key, epoch };
    void target.publish(data);
    const { seq } = target.position;
    this.#keys.set(`${name} ${epoch} ${seq}`, key);
  }

  #subscribe(step: Extract<Step, { do: "subscribe" }>): void {
    const { epoch, seq } = this.#server.topic(step.topic).position;
    const position = { epoch, seq: Math.max(0, seq - 4) };
    const reader = new CountedReader(this.#session, this.clock, {
      topic: step.topic,
      policy: step.policy,
      handler: step.handler,
      epochs: this.#epochs,
      keyOf: (at) => this.#keys.get(`${step.topic} ${at.epoch} ${at.seq}`),
      options: {
        maxQueuedEvents: step.maxQueued,
        order: step.order,
        position: atLeastOnce(),
        ...(step.since === "last" ? { since: { last: 3 } } : undefined),
        ...(step.since === "position" ? { since: position } : undefined),
      },
    });
    this.readers.push(reader);
  }

  #serve(): SessionServer {
    const { remembers, highWatermarkBytes } = this.#settings;
    const server = new SessionServer({
      clock: this.clock,
      wallNow: () => this.clock.now(),
      random: { fraction: this.#random, secret: () => secretOf(this.#random) },
      authorize: "public",
      history: { maxEvents: remembers, maxAgeMs: 1_000_000 },
      limits: {
        requestsPerSecond: 100_000,
        requestBurst: 100_000,
        highWatermarkBytes,
        lowWatermarkBytes: highWatermarkBytes / 3,
        pingIntervalMs: 100_000,
        idleTimeoutMs: 200_000,
        closeTimeoutMs: 20,
        sweepIntervalMs: 20,
      },
    });
    server.on("error", (error) => {
      if (error.code === "INTERNAL") this.#failures.push(error);
    });
    this.#network.listen((connection, info) => server.accept(connection, info));
    this.#epochs.push(server.topic(TOPICS[0] as string).position.epoch);
    return server;
  }
}
