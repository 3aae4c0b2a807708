import fc from "fast-check";
import { expect, it } from "vitest";
import type { Position } from "../../src/backplane/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { DelayedBackplane } from "../backplane/support/delayed-backplane.ts";
import { type AskedTopic, Believer } from "./support/believer.ts";
import { MemoryClient } from "./support/memory-client.ts";
import { secret } from "./support/world.ts";

const topic = fc.constantFrom("a", "b", "c");
const topics = fc.uniqueArray(topic, { minLength: 1, maxLength: 3 });

const delivery = fc.constantFrom(
  undefined,
  { type: "latest" },
  { type: "latest", key: "k" },
  { type: "sample", intervalMs: 30 },
  { type: "drop-oldest", maxEvents: 3 },
  { type: "drop-oldest", maxEvents: 1_000 },
);

/** Makes of where a client was what it asks for. */
const since = fc.constantFrom(
  () => undefined,
  (known: Position) => known,
  (known: Position) => ({ ...known, seq: Math.max(0, known.seq - 3) }),
  (known: Position) => ({ ...known, seq: known.seq + 1_000 }),
  (known: Position) => ({ ...known, epoch: "another" }),
  (known: Position) => ({ ...known, seq: -1 }),
  () => ({ last: 4 }),
);

type Step = (world: PlayedWorld) => unknown;

const step = fc.oneof(
  weighted(18, fc.tuple(topic, fc.integer({ min: 1, max: 6 })), (world, [name, count]) => {
    for (let left = count; left > 0; left -= 1) world.publish(name);
  }),
  weighted(12, fc.tuple(topics, since, delivery), (world, [names, place, policy]) =>
    world.subscribe(names, place, policy),
  ),
  weighted(9, topics, (world, names) =>
    world.ask("topic.unsubscribe", { topics: names }, names.map(toAsked)),
  ),
  weighted(12, fc.nat(40), (world, ms) => world.clock.advance(ms)),
  weighted(3, topic, (world, name) =>
    world.ask("topic.history", { topic: name, since: { last: 5 } }, [toAsked(name)]),
  ),
  weighted(3, topic, (world, name) => world.server.sessions.at(-1)?.revoke(name)),
  weighted(3, topic, (world, name) => world.delete(name)),
  weighted(3, fc.constant({ token: "u" }), (world, token) =>
    world.ask("session.authenticate", token),
  ),
  weighted(3, fc.nat(60), (world, ms) => world.ask("slow", [ms])),
  weighted(6, fc.constantFrom("hold", "release"), (world, what) =>
    world.network.link()?.[what as "hold"]("toClient"),
  ),
  weighted(3, fc.nat(30), (world, ms) => world.fail(ms)),
  weighted(1, fc.constant("session.bye"), (world, method) => world.ask(method, {})),
  weighted(1, fc.constant({ deadlineMs: 1_000 }), (world, options) => {
    world.believer.isEnding = true;
    void world.server.sessions.at(-1)?.close(options);
  }),
  weighted(1, fc.constant(null), (world) => world.connect()),
);

function weighted<Value>(
  weight: number,
  values: fc.Arbitrary<Value>,
  act: (world: PlayedWorld, value: Value) => unknown,
): { weight: number; arbitrary: fc.Arbitrary<Step> } {
  const toStep = (value: Value): Step => {
    const played: Step = (world) => act(world, value);
    return Object.assign(played, { toString: () => `${act.toString()} ${JSON.stringify(value)}` });
  };
  return { weight, arbitrary: values.map(toStep) };
}

function toAsked(name: string): AskedTopic {
  return { topic: name };
}

/** A server, its backplane, and one client whose connections follow one another. */
class PlayedWorld {
  readonly clock = new VirtualClock();
  readonly network = new MemoryNetwork({ clock: this.clock, latencyMs: 1 });
  readonly server: SessionServer;
  readonly clients: MemoryClient[] = [];
  readonly believers: Believer[] = [];
  /** How many events were published, by topic. */
  readonly published = new Map<string, number>();
  readonly errors: unknown[] = [];
  readonly #remote: DelayedBackplane | null;
  #isFailing = false;
  #id = 0;

  constructor(isRemote: boolean, delays: Iterator<number>, decisions: Iterator<number>) {
    const { clock } = this;
    const history = { maxEvents: 10 };
    this.#remote = isRemote
      ? new DelayedBackplane(clock, () => delays.next().value, { history })
      : null;
    this.server = new SessionServer({
      clock,
      history,
      ...(this.#remote === null ? {} : { backplane: this.#failable(this.#remote) as never }),
      authenticate: async ({ token }) => ({ userId: token }),
      authorize: () => {
        const ms: number = decisions.next().value;
        return ms < 8 || this.#after(ms).then(() => ms % 5 !== 0);
      },
      limits: { maxPendingBytes: 20_000, highWatermarkBytes: 400, lowWatermarkBytes: 100 },
    });
    this.server.on("error", (error) => {
      if (error.code !== "BACKPLANE_FAILED") this.errors.push(error);
    });
    this.server.method("slow", (ms) => this.#after(ms as number));
    this.network.listen((connection, info) => this.server.accept(connection, info));
  }

  get client(): MemoryClient {
    return this.clients.at(-1) as MemoryClient;
  }

  get believer(): Believer {
    return this.believers.at(-1) as Believer;
  }

  /** Connects, in the place of the connection before it. */
  async connect(): Promise<void> {
    const client = await MemoryClient.connect(this.network, this.clock);
    this.clients.push(client);
    this.believers.push(new Believer(client));
    this.ask("session.hello", { session: secret(5) });
    this.ask("session.authenticate", { token: "u" });
    await this.clock.advance(10);
  }

  ask(method: string, params: unknown, asked: readonly AskedTopic[] = []): void {
    if (this.client.closed !== null) return;
    this.#id += 1;
    if (method === "session.bye") this.believer.isEnding = true;
    this.believer.ask(this.#id, method, params, asked);
  }

  subscribe(
    names: readonly string[],
    place: (known: Position) => unknown,
    policy: AskedTopic["delivery"],
  ): void {
    const items = names.map((name) => {
      const known = this.believer.ended.get(name) ?? { epoch: "none", seq: 0 };
      return { topic: name, since: place(known), delivery: policy };
    });
    this.ask("topic.subscribe", { topics: items }, items);
  }

  publish(name: string): void {
    const n = (this.published.get(name) ?? 0) + 1;
    this.published.set(name, n);
    const data = { n, k: n % 3, padding: "x".repeat(60) };
    if (this.#remote === null) this.server.topic(name).publish(data);
    else this.#remote.memory.publish(name, JSON.stringify(data));
  }

  delete(name: string): void {
    if (this.#remote !== null) return;
    void this.server.topic(name).delete();
    this.published.delete(name);
  }

  /** Lets the backplane fail for a while. */
  async fail(ms: number): Promise<void> {
    this.#isFailing = true;
    await this.clock.advance(ms);
    this.#isFailing = false;
  }

  #after(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(resolve, ms));
  }

  #failable(backplane: DelayedBackplane): DelayedBackplane {
    const { join, read } = backplane;
    const check = (): void => {
      if (this.#isFailing) throw new Error("the backplane is gone");
    };
    backplane.join = async (...asked) => {
      check();
      return join.apply(backplane, asked);
    };
    backplane.read = async (...asked) => {
      const page = await read.apply(backplane, asked);
      check();
      return page;
    };
    return backplane;
  }
}

it("whatever happens at the same time, a client is told the truth of each topic, and all requests are answered once, in their turn", async () => {
  const numbers = fc.infiniteStream(fc.nat(25));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 60, size: "max" }),
      fc.boolean(),
      numbers,
      numbers,
      async (steps, isRemote, delays, decisions) => {
        const world = new PlayedWorld(isRemote, delays, decisions);
        const { clock, network, server } = world;
        await world.connect();
        for (const act of steps) {
          await act(world);
          for (const each of world.believers) each.read();
        }
        network.link()?.release("toClient");
        await clock.advance(3_000);
        for (const each of world.believers) each.read();
        const { client, believer } = world;
        if (client.closed === null && !believer.isEnding) {
          expect([...believer.unanswered]).toEqual([]);
          const counted = [...believer.live].map(([name, live]) => [name, live.counted]);
          expect(counted).toEqual(
            counted.map(([name]) => [name, world.published.get(name as string) ?? 0]),
          );
          expect(server.sessions.at(-1)?.topics.toSorted()).toEqual(
            [...believer.live.keys()].toSorted(),
          );
        }
        for (const each of world.clients) each.terminate();
        await clock.advance(3_000);
        expect(world.errors).toEqual([]);
        expect(server.stats()).toMatchObject({
          sessions: 0,
          subscriptions: 0,
          authorizations: 0,
          heldBytes: 0,
          bufferedBytes: 0,
        });
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});
