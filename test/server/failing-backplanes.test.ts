import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type BackplaneListener,
  type Eventual,
  type HistoryPage,
  MemoryBackplane,
  type Position,
  type Since,
} from "../../src/backplane/index.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import { MemoryNetwork } from "../../src/testing/memory-network.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { MemoryClient } from "./support/memory-client.ts";

type Failure = "throws" | "rejects" | "rejects late" | "never answers";

/** Fails as a test says: by method and topic. */
class FailingBackplane extends MemoryBackplane {
  readonly failures = new Map<string, Failure>();
  readonly clock = new VirtualClock();

  override join(topic: string, listener: BackplaneListener): Position {
    return this.#do(`join ${topic}`, () => super.join(topic, listener)) as Position;
  }

  override read(topic: string, since: Since): HistoryPage {
    return this.#do(`read ${topic}`, () => super.read(topic, since)) as HistoryPage;
  }

  constructor() {
    super();
    // One written in another language may answer, and reject.
    const leave = this.leave.bind(this);
    this.leave = ((topic, listener) =>
      this.#do(`leave ${topic}`, () => leave(topic, listener))) as MemoryBackplane["leave"];
  }

  #do<Value>(call: string, act: () => Value): Eventual<Value> {
    const failure = this.failures.get(call);
    if (failure === undefined) return act();
    if (failure === "throws") throw new Error(call);
    if (failure === "rejects") return Promise.reject(new Error(call));
    if (failure === "never answers") return new Promise(() => {});
    return new Promise((_, reject) => this.clock.setTimer(() => reject(new Error(call)), 5));
  }
}

const FAILURES: readonly Failure[] = ["throws", "rejects", "rejects late", "never answers"];

function world() {
  const backplane = new FailingBackplane();
  const { clock, failures } = backplane;
  const server = new SessionServer({ authorize: "public", clock, backplane });
  const errors: string[] = [];
  server.on("error", ({ code, cause }) => errors.push(`${code} ${(cause as Error).message}`));
  const network = new MemoryNetwork({ clock });
  network.listen((connection, info) => server.accept(connection, info));
  const connect = () => MemoryClient.connect(network, clock);
  return { backplane, clock, failures, server, errors, network, connect };
}

/** Asks for topics from their beginning on, so that the history is read, too. */
function topics(...names: string[]) {
  return { topics: names.map((topic) => ({ topic, since: { last: 1 } })) };
}

const unhandled: unknown[] = [];
const note = (cause: unknown): void => {
  unhandled.push(cause);
};

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  // Node tells of them at the end of a turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

describe("a backplane that fails", () => {
  it.each(FAILURES.flatMap((one) => FAILURES.map((other) => [one, other] as const)))(
    "one topic (%s) and another (%s) of a subscribe leaves nothing subscribed, and no rejection unhandled",
    async (one, other) => {
      const { clock, failures, server, errors, connect } = world();
      failures.set("join a", one);
      failures.set("join b", other);
      const client = await connect();
      client.request(1, "topic.subscribe", topics("a", "b", "c"));
      await clock.advance(15_000);
      expect(client.answer(1)?.error?.data.code).toBe("METHOD_FAILED");
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(
        /^BACKPLANE_FAILED (join|the backplane did not answer in 10000 ms)/,
      );
      expect(server.stats()).toMatchObject({ subscriptions: 0, topics: 0 });
      failures.clear();
      await client.ask(2, "topic.subscribe", topics("a", "b", "c"));
      server.topic("a").publish(1);
      await clock.advance(5);
      expect(client.heardOf("topic.event")).toEqual([{ topic: "a", seq: 1, data: 1 }]);
    },
  );

  it.each(FAILURES)("a read (%s) fails the subscribe, and a history", async (failure) => {
    const { clock, failures, server, errors, connect } = world();
    failures.set("read a", failure);
    const client = await connect();
    client.request(1, "topic.subscribe", topics("a"));
    client.request(2, "topic.history", { topic: "a", since: { last: 1 } });
    await clock.advance(25_000);
    for (const id of [1, 2]) expect(client.answer(id)?.error?.data.code).toBe("METHOD_FAILED");
    expect(errors).toHaveLength(2);
    expect(server.stats()).toMatchObject({ subscriptions: 0, topics: 0 });
  });

  it.each(["throws", "rejects", "rejects late"] as const)(
    "to leave a topic (%s) is reported; the lost session is cleared up, and the server closes by its deadline",
    async (failure) => {
      const { clock, failures, server, errors, connect } = world();
      failures.set("leave a", failure);
      const lost = await connect();
      const staying = await connect();
      await lost.ask(1, "topic.subscribe", topics("a"));
      lost.terminate();
      await clock.advance(10);
      expect(errors).toEqual(["BACKPLANE_FAILED leave a"]);
      expect(server.stats()).toMatchObject({ sessions: 1, subscriptions: 0 });
      await staying.ask(1, "topic.subscribe", topics("a"));
      server.topic("a").publish(1);
      await clock.advance(5);
      expect(staying.heardOf("topic.event")).toHaveLength(1);
      let receipt: unknown;
      void server.close({ deadlineMs: 500 }).then((value) => {
        receipt = value;
      });
      await clock.advance(500);
      expect(receipt).toMatchObject({ sessions: [{ subscribed: { a: 1 } }] });
      expect(errors).toHaveLength(2);
    },
  );

  it("to answer a join at all holds up neither a lost session nor the close", async () => {
    const { clock, failures, server, errors, connect } = world();
    failures.set("join a", "never answers");
    const lost = await connect();
    const waiting = await connect();
    for (const client of [lost, waiting]) client.request(1, "topic.subscribe", topics("a"));
    await clock.advance(5);
    lost.terminate();
    await clock.advance(5);
    expect(server.stats().sessions).toBe(1);
    let isClosed = false;
    void server.close({ deadlineMs: 500 }).then(() => {
      isClosed = true;
    });
    await clock.advance(500);
    expect([isClosed, server.stats().sessions]).toEqual([true, 0]);
    expect([clock.pendingTimers, errors]).toEqual([0, []]);
  });

  it("leaves what it joins too late", async () => {
    const { backplane, clock, server, connect } = world();
    const join = MemoryBackplane.prototype.join.bind(backplane);
    backplane.join = (topic, listener) =>
      new Promise<Position>((resolve) =>
        clock.setTimer(() => resolve(join(topic, listener)), 12_000),
      ) as unknown as Position;
    const client = await connect();
    client.request(1, "topic.subscribe", topics("a"));
    await clock.advance(11_500);
    expect(client.answer(1)?.error?.data.code).toBe("METHOD_FAILED");
    expect(server.stats().topics).toBe(0);
    await clock.advance(2_000);
    expect(server.stats()).toMatchObject({ topics: 0, subscriptions: 0 });
  });
});

it("two servers of one process share a backplane: each brings its own sessions everything, to the end", async () => {
  const clock = new VirtualClock();
  const backplane = new MemoryBackplane();
  const open = async () => {
    const server = new SessionServer({ authorize: "public", clock, backplane });
    const network = new MemoryNetwork({ clock });
    network.listen((connection, info) => server.accept(connection, info));
    const client = await MemoryClient.connect(network, clock);
    await client.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    const seqs = () => client.heardOf("topic.event").map((event) => (event as Position).seq);
    return { server, client, seqs };
  };
  const one = await open();
  const other = await open();
  one.server.topic("a").publish(1);
  other.server.topic("a").publish(2);
  await clock.advance(5);
  expect([one.seqs(), other.seqs()]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  void one.server.close({ deadlineMs: 100 });
  await clock.advance(200);
  other.server.topic("a").publish(3);
  await clock.advance(5);
  expect([one.seqs(), other.seqs()]).toEqual([
    [1, 2],
    [1, 2, 3],
  ]);
});
