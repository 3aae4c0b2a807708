import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryBackplane, type Position } from "../../src/backplane/index.ts";
import { Session as CoreSession } from "../../src/core/with-authentication.ts";
import { latest, type Session } from "../../src/index.ts";
import { SessionServer, type SessionServerOptions } from "../../src/server/session-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { newSession } from "../session/support/client.ts";
import { seededRandom } from "../session/support/seeded-random.ts";
import { MemoryClient } from "./support/memory-client.ts";

const LIMITS = { maxPendingBytes: 10_000, highWatermarkBytes: 3_000, lowWatermarkBytes: 1_000 };
const RECONNECT = { initialDelayMs: 1, maxDelayMs: 2 };

/** What both clients' subscriptions have, as far as it is told here. */
interface Telling {
  on(type: "event", handler: (event: { seq: number }) => unknown): unknown;
  on(type: "gap", handler: (gap: { from: number; to: number | null }) => unknown): unknown;
}

function logOf(subscription: Telling): (number | string)[] {
  const log: (number | string)[] = [];
  subscription.on("gap", ({ from, to }) => log.push(`${from}-${to}`));
  subscription.on("event", ({ seq }) => log.push(seq));
  return log;
}

/** A server on a backplane whose topics may be forgotten behind its back. */
function onMemory(options: SessionServerOptions = {}) {
  const clock = new VirtualClock();
  const backplane = new MemoryBackplane({ history: { maxEvents: 1_000 }, epoch: "e" });
  const server = new SessionServer({ authorize: "public", clock, backplane, ...options });
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  const environment = { clock, random: seededRandom(1), transport: network.transport() };
  const connect = async <Kind extends Session | CoreSession>(session: Kind): Promise<Kind> => {
    session.connect();
    await clock.advance(10);
    return session;
  };
  return {
    clock,
    backplane,
    server,
    network,
    session: () => connect(newSession({ url: "ws://memory/", reconnect: RECONNECT }, environment)),
    core: () =>
      connect(new CoreSession({ url: "ws://memory/", reconnect: RECONNECT }, environment)),
    publish: async (times: number, data: unknown = 0) => {
      for (let count = 0; count < times; count += 1) server.topic("a").publish(data);
      await clock.advance(5);
    },
  };
}

describe("an epoch that changes under live subscribers (W-5.8)", () => {
  it.each(["session", "core"] as const)(
    "is a gap without an end, and the %s goes on with the new epoch's numbers",
    async (kind) => {
      const world = onMemory();
      const { clock, backplane, publish, network } = world;
      const subscription = (await world[kind]()).subscribe("a");
      const log = logOf(subscription);
      await clock.advance(10);
      await publish(5);
      backplane.delete("a");
      await publish(3);
      expect(log).toEqual([1, 2, 3, 4, 5, "6-null", 1, 2, 3]);
      const { epoch } = backplane.position("a");
      expect(subscription.position("a")).toEqual({ epoch, seq: 3 });
      // What it comes back with is of the new epoch.
      network.link()?.cut();
      await publish(1);
      await clock.advance(50);
      expect(log.slice(9)).toEqual([4]);
    },
  );

  it("is told on the wire with the new epoch's name, and to whoever comes later by the answer alone", async () => {
    const { clock, backplane, network, publish } = onMemory();
    const client = await MemoryClient.connect(network, clock);
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    await publish(2);
    backplane.delete("a");
    await publish(1);
    expect(client.heardOf("topic.gap")).toEqual([{ topic: "a", from: 3, to: null, epoch: "e-1" }]);
    const late = await MemoryClient.connect(network, clock);
    const answer = await late.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    expect(answer?.result).toEqual({
      topics: [{ topic: "a", epoch: "e-1", seq: 1, recovered: false }],
    });
    await publish(1);
    expect([late.heardOf("topic.gap"), late.heardOf("topic.event").length]).toEqual([[], 1]);
  });

  it("whose first event is not brought is a gap from 1, too", async () => {
    const { clock, backplane, network, publish } = onMemory();
    const client = await MemoryClient.connect(network, clock);
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const carry = backplane.publish.bind(backplane);
    await publish(1);
    // Another epoch, of which this process hears from 3 on.
    const joined: ((event: never) => void)[] = [];
    const join = backplane.join.bind(backplane);
    backplane.join = (topic, listener) => {
      joined.push(listener as never);
      return join(topic, listener);
    };
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "b" }] });
    carry("b", "1");
    joined[0]?.({ topic: "b", epoch: "f", seq: 3, dataJson: "3", atMs: 0 } as never);
    await clock.advance(5);
    expect(client.heardOf("topic.gap")).toEqual([
      { topic: "b", from: 2, to: null, epoch: "f" },
      { topic: "b", from: 1, to: 2 },
    ]);
  });

  it("comes behind what a policy holds back", async () => {
    const { clock, backplane, network, publish } = onMemory({ limits: LIMITS });
    const client = await MemoryClient.connect(network, clock);
    const delivery = { type: "latest" };
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a", delivery }] });
    network.link()?.hold("toClient");
    await publish(9, "x".repeat(1_000));
    backplane.delete("a");
    await publish(2, "y");
    network.link()?.release("toClient");
    await clock.advance(50);
    const told = client.singles.slice(1).map(({ params }) => {
      const { seq, from, to } = params as Record<string, unknown>;
      return seq ?? `${from}-${to}`;
    });
    expect(told).toEqual([1, 2, 9, "10-null", 2]);
  });

  it("ends a replay that waits for its reader, and the new epoch follows whole", async () => {
    const { clock, backplane, network, publish } = onMemory({ limits: LIMITS });
    await publish(50, "x".repeat(1_000));
    const client = await MemoryClient.connect(network, clock);
    network.link()?.hold("toClient");
    const since = { epoch: "e", seq: 0 };
    client.request(1, "topic.subscribe", { topics: [{ topic: "a", since }] });
    await clock.advance(5);
    backplane.delete("a");
    await publish(20, "y".repeat(1_000));
    network.link()?.release("toClient");
    await clock.advance(50);
    await publish(1);
    const seqs = client.heardOf("topic.event").map((event) => (event as Position).seq);
    const written = seqs.lastIndexOf(1);
    expect(written).toBeGreaterThan(0);
    expect(client.heardOf("topic.gap")).toEqual([
      { topic: "a", from: written + 1, to: null, epoch: "e-1" },
    ]);
    expect(seqs.slice(written)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });
});

/** Follows what a subscription is told: each event is the next of its epoch, or a gap says what is between. */
class Follower {
  readonly log: string[] = [];
  /** What was told out of place. A handler that throws would fail nobody. */
  readonly faults: string[] = [];
  lastLife = 0;
  lastSeq: number | null = null;

  constructor(subscription: Telling, handle: () => unknown = () => undefined) {
    subscription.on("gap", ({ from, to }) => {
      this.#take(`${from}-${to}`, this.lastSeq === null || from === this.lastSeq + 1);
      this.lastSeq = to;
    });
    subscription.on("event", (event) => {
      const { seq, data, conflated = 1 } = event as unknown as Told;
      const isNext =
        this.lastSeq === null
          ? data.life > this.lastLife
          : seq === this.lastSeq + conflated && data.life === (this.lastLife || data.life);
      this.#take(`${data.life}:${seq}x${conflated}`, isNext);
      this.lastSeq = seq;
      this.lastLife = data.life;
      return handle();
    });
  }

  #take(told: string, isRight: boolean): void {
    this.log.push(told);
    if (!isRight) this.faults.push(told);
  }
}

interface Told {
  readonly seq: number;
  readonly data: { readonly life: number };
  readonly conflated?: number;
}

const STEPS = [
  "publish",
  "publish",
  "publish",
  "forget",
  "cut",
  "hold",
  "release",
  "late",
] as const;

describe("an epoch that changes at any time, on a backplane that takes its time", () => {
  it("loses nothing silently and tells nothing twice, whoever reads how", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.integer({ min: 0, max: 8 })),
        fc.array(fc.constantFrom(...STEPS), { maxLength: 40 }),
        async (delays, steps) => {
          const clock = new VirtualClock();
          const history = { maxEvents: 1_000, maxAgeMs: Number.POSITIVE_INFINITY };
          const backplane = new DelayedBackplane(clock, () => delays.next().value, { history });
          const server = new SessionServer<never, Promise<Position>>({
            authorize: "public",
            clock,
            backplane,
            limits: LIMITS,
          });
          const network = new MemoryNetwork({ clock, latencyMs: 1 });
          network.listen((connection, info) => server.accept(connection, info));
          const environment = { clock, random: seededRandom(1), transport: network.transport() };
          const options = { url: "ws://memory/", reconnect: RECONNECT };
          const session = newSession(options, environment);
          const core = new CoreSession(options, environment);
          session.connect();
          core.connect();
          await clock.advance(10);
          let life = 1;
          const first = backplane.memory.publish("a", JSON.stringify({ life }));
          const since = { epoch: first.epoch, seq: 0 };
          const slow = (): Promise<void> => new Promise((done) => clock.setTimer(done, 7));
          const followers = [
            new Follower(session.subscribe("a", { since })),
            new Follower(session.subscribe("a", { maxQueuedEvents: 2 }), slow),
            new Follower(core.subscribe("a", { since })),
          ];
          await clock.advance(5);
          for (const step of steps) {
            if (step === "hold") network.link()?.hold("toClient");
            else if (step === "release") network.link()?.release("toClient");
            else if (step === "cut") network.link()?.cut();
            else if (step === "late")
              followers.push(new Follower(session.subscribe("a", { since })));
            else if (step === "forget") {
              life += 1;
              backplane.memory.delete("a");
            } else backplane.memory.publish("a", JSON.stringify({ life, pad: "x".repeat(500) }));
            await clock.advance(3);
          }
          for (const link of network.links) link.release("toClient");
          await clock.advance(20_000);
          const last = backplane.memory.publish("a", JSON.stringify({ life }));
          await clock.advance(20_000);
          for (const { log, faults, lastSeq, lastLife } of followers)
            expect([faults, lastSeq, lastLife], log.join(" ")).toEqual([[], last.seq, life]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is told to the reader of a policy behind everything that it stands for", async () => {
    const { clock, backplane, session, publish } = onMemory();
    const subscription = (await session()).subscribe("a", { delivery: latest() });
    const log = logOf(subscription);
    await clock.advance(10);
    await publish(3);
    backplane.delete("a");
    await publish(2);
    expect(log).toEqual([1, 2, 3, "4-null", 1, 2]);
  });
});
