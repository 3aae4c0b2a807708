import fc from "fast-check";
import type { ServerConnection } from "../../src/server/connections/server-connection.ts";
import type { Command } from "./commands.ts";
import { TOPICS } from "./settings.ts";
import type { World } from "./world.ts";

/** What the peer does with a request, or by itself. */
export interface Malice {
  /** How it takes requests from here on. */
  readonly answers: "well" | "wrongly" | "with errors" | "twice" | "never" | "swapped";
  /** What it says by itself, right now. */
  readonly says: readonly (string | Uint8Array)[];
  /** What it does to the connection. */
  readonly does: "nothing" | "nothing" | "nothing" | "closes" | "cuts" | "pings";
}

const topic = fc.constantFrom(...TOPICS, "unknown", "__proto__", "");
const anyNumber = fc.oneof(
  fc.integer({ min: -2, max: 9 }),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, 1e300, 0.5),
);
const anything: fc.Arbitrary<unknown> = fc.oneof(
  { maxDepth: 2 },
  anyNumber,
  fc.string({ maxLength: 4 }),
  fc.constantFrom(null, true, [], {}, [{}], "__proto__"),
  topic,
);
const id = fc.oneof(fc.integer({ min: 0, max: 12 }), anything);

const call = (method: fc.Arbitrary<string>, params: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.record({ jsonrpc: fc.constant("2.0"), method, params });

const message: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 6,
    arbitrary: call(
      fc.constant("topic.event"),
      fc.record({ topic, seq: anyNumber, data: anything }),
    ),
  },
  {
    weight: 2,
    arbitrary: call(
      fc.constant("topic.event"),
      fc.record({ topic, seq: anyNumber, data: anything, conflated: anyNumber, at: anything }),
    ),
  },
  {
    weight: 3,
    arbitrary: call(
      fc.constant("topic.gap"),
      fc.record({ topic, from: anyNumber, to: fc.oneof(anyNumber, fc.constant(null)) }),
    ),
  },
  {
    weight: 2,
    arbitrary: call(
      fc.constant("topic.closed"),
      fc.record({ topic, lastSeq: anyNumber, code: fc.constantFrom("REVOKED", "", 7) }),
    ),
  },
  {
    weight: 1,
    arbitrary: call(fc.constant("session.goaway"), fc.record({ deadlineMs: anyNumber })),
  },
  { weight: 2, arbitrary: call(fc.constantFrom("alert", "", "topic.gone", "__proto__"), anything) },
  {
    weight: 4,
    arbitrary: fc.record({ jsonrpc: fc.constant("2.0"), id, result: anything }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      jsonrpc: fc.constant("2.0"),
      id,
      error: fc.oneof(
        anything,
        fc.record({ code: fc.constantFrom(-32_603, -32_601, -32_000, 1, 0.5), message: anything }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      jsonrpc: fc.constant("2.0"),
      id,
      method: fc.constant("ask"),
      params: anything,
    }),
  },
  { weight: 1, arbitrary: fc.array(anything, { maxLength: 3 }) },
  { weight: 1, arbitrary: anything },
);

const text: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 20, arbitrary: message.map((value) => JSON.stringify(value) ?? "undefined") },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 8 }) },
);

/** What the peer does between the application's commands. */
export const MALICE: fc.Arbitrary<Malice> = fc.record({
  answers: fc.constantFrom(
    "well",
    "well",
    "well",
    "wrongly",
    "with errors",
    "twice",
    "never",
    "swapped",
  ),
  says: fc.array(text, { maxLength: 4 }),
  does: fc.constantFrom("nothing", "nothing", "nothing", "nothing", "closes", "cuts", "pings"),
});

/** A command of the application's, and what the peer does after it. */
export interface Exchange {
  readonly command: Command;
  readonly malice: Malice;
}

/** Is at the other end of every connection, and does as it is told. */
export class HostilePeer {
  #malice: Malice = { answers: "well", says: [], does: "nothing" };
  readonly #world: World;
  #connection: ServerConnection | undefined;
  #swapped: string | undefined;
  #seq = 0;

  /** Takes the place of the world's server. */
  constructor(world: World) {
    this.#world = world;
    world.network.listen((connection) => {
      this.#connection = connection;
      return {
        received: (data) => this.#received(connection, String(data)),
        ponged: () => {},
        closed: () => {},
      };
    });
  }

  /** Behaves so from now on. */
  behave(malice: Malice): void {
    this.#malice = malice;
    const connection = this.#connection;
    if (connection === undefined) return;
    for (const data of malice.says) this.#world.network.link()?.inject("toClient", data);
    if (malice.does === "closes") connection.close(4000, "");
    if (malice.does === "cuts") connection.terminate();
    if (malice.does === "pings") connection.ping();
  }

  #received(connection: ServerConnection, data: string): void {
    const { id, method, params } = JSON.parse(data) as {
      id?: number;
      method: string;
      params?: { topics?: unknown[]; notifications?: number };
    };
    if (id === undefined) return;
    const result = this.#resultOf(method, params);
    const answer = JSON.stringify({ jsonrpc: "2.0", id, result });
    switch (this.#malice.answers) {
      case "well":
        connection.send(answer);
        break;
      case "wrongly":
        connection.send(JSON.stringify({ jsonrpc: "2.0", id, result: { topics: [{}] } }));
        break;
      case "with errors": {
        const error = { code: id % 2 === 0 ? -32_603 : -32_601, message: "no" };
        connection.send(JSON.stringify({ jsonrpc: "2.0", id, error }));
        break;
      }
      case "twice":
        connection.send(answer);
        connection.send(answer);
        break;
      case "swapped":
        if (this.#swapped === undefined) {
          this.#swapped = answer;
          break;
        }
        connection.send(answer);
        connection.send(this.#swapped);
        this.#swapped = undefined;
        break;
      case "never":
        break;
    }
  }

  #resultOf(method: string, params: { topics?: unknown[]; notifications?: number } = {}): unknown {
    this.#seq += 1;
    const topics = (params.topics ?? []) as (string | { topic: string })[];
    const names = topics.map((item) => (typeof item === "string" ? item : item.topic));
    switch (method) {
      case "session.hello":
        return { protocol: "orderly.v1", dedupEpoch: "d", dedupWindowMs: 0 };
      case "session.authenticate":
        return { userId: "user", expiresInMs: null };
      case "session.bye":
        return { notifications: params.notifications ?? 0 };
      case "topic.subscribe":
        return {
          topics: names.map((topic) => ({
            topic,
            epoch: "e",
            seq: this.#seq % 5,
            recovered: false,
          })),
        };
      case "topic.unsubscribe":
        return { topics: names.map((topic) => ({ topic, lastSeq: this.#seq % 5 })) };
      default:
        return params;
    }
  }
}
