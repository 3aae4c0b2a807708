import { Refusal } from "../../src/server/methods/refusal.ts";
import type { ServerSession } from "../../src/server/server-session.ts";
import { SessionServer } from "../../src/server/session-server.ts";
import type { MemoryNetwork } from "../../src/testing/memory-network.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { Settings } from "./settings.ts";

/** What an event of the model carries: where it belongs. */
export interface Published {
  readonly topic: string;
  readonly seq: number;
  readonly server: number;
}

/** What a method of the model is called with. */
interface Call {
  readonly number: number;
  readonly takesMs: number;
}

/** How long a token of kind `expiring` is good for, in milliseconds. */
const LIFE_MS = 25;

/** Runs the servers of one world, one after another, and knows what their methods did. */
export class Host {
  /** How often each numbered request, or notification, took effect. */
  readonly effects = new Map<number, number>();
  /** Failures that no application caused. */
  readonly faults: unknown[] = [];
  readonly servers: SessionServer[] = [];
  readonly #published = new Map<string, number>();
  readonly #clock: VirtualClock;
  readonly #network: MemoryNetwork;
  readonly #settings: Settings;
  readonly #fraction: () => number;

  constructor(
    clock: VirtualClock,
    network: MemoryNetwork,
    settings: Settings,
    fraction: () => number,
  ) {
    this.#clock = clock;
    this.#network = network;
    this.#settings = settings;
    this.#fraction = fraction;
    this.start();
  }

  /** The newest server. */
  get server(): SessionServer {
    return this.servers.at(-1) as SessionServer;
  }

  /** Sessions that any of the servers still has. */
  get sessions(): readonly ServerSession[] {
    return this.servers.flatMap((server) => server.sessions);
  }

  /** Puts a new server where the old one was; topics start over in another epoch. */
  start(): void {
    const server = this.#create();
    this.#published.clear();
    this.servers.push(server);
    this.#network.listen((connection, info) => server.accept(connection, info));
  }

  /** Publishes one event that says what it is. */
  publish(topic: string): void {
    const seq = this.nextSeq(topic);
    this.#published.set(topic, seq);
    const data: Published = { topic, seq, server: this.servers.length };
    void this.server.topic(topic).publish(data);
  }

  /** Number of a topic's next event. */
  nextSeq(topic: string): number {
    return (this.#published.get(topic) ?? 0) + 1;
  }

  /** Deletes a topic: its numbers start over. */
  delete(topic: string): void {
    this.#published.delete(topic);
    void this.server.topic(topic).delete();
  }

  #create(): SessionServer {
    const clock = this.#clock;
    const { credentials, asksAuthorize } = this.#settings;
    const server = new SessionServer({
      clock,
      wallNow: () => clock.now(),
      random: { fraction: this.#fraction, secret: () => secretOf(this.#fraction) },
      ...(credentials === "none" ? undefined : { authenticate: ({ token }) => this.#judge(token) }),
      authorize: asksAuthorize ? (_session, topic) => this.#authorize(topic) : "public",
      limits: {
        requestsPerSecond: 100_000,
        requestBurst: 100_000,
        methodTimeoutMs: 45,
        authorizeTimeoutMs: 20,
        unauthenticatedTimeoutMs: 200,
        expiryGraceMs: 10,
        pingIntervalMs: 100,
        idleTimeoutMs: 200,
        closeTimeoutMs: 20,
        sweepIntervalMs: 20,
      },
    });
    server.on("error", (error) => {
      if (error.code === "INTERNAL" || error.code === "OBSERVER_THREW") this.faults.push(error);
    });
    this.#addMethods(server);
    return server;
  }

  #addMethods(server: SessionServer): void {
    const method = (name: string, run: (call: Call) => unknown): void => {
      server.method(name, (params) => run(params as Call));
    };
    method("echo", ({ number }) => {
      this.#effect(number);
      return { number };
    });
    method("slow", async ({ number, takesMs }) => {
      this.#effect(number);
      await this.sleep(takesMs);
      return { number };
    });
    method("throw", ({ number }) => {
      this.#effect(number);
      throw new Error("half way");
    });
    method("fail", async ({ number, takesMs }) => {
      this.#effect(number);
      await this.sleep(takesMs);
      throw new Error("half way");
    });
    method("refuse", () => {
      throw new Refusal("NOT_TODAY", "before it did anything");
    });
    method("deny", async ({ takesMs }) => {
      await this.sleep(takesMs);
      throw new Refusal("NOT_TODAY", "before it did anything");
    });
    method("note", ({ number }) => this.#effect(number));
  }

  /** Resolves so many milliseconds later, on the world's clock. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimer(resolve, ms);
    });
  }

  #effect(number: number): void {
    this.effects.set(number, (this.effects.get(number) ?? 0) + 1);
  }

  #judge(token: string): { userId: string; expiresAt?: number } | null {
    if (token === "bad") return null;
    if (token === "expiring") return { userId: "user", expiresAt: this.#clock.now() + LIFE_MS };
    return { userId: "user" };
  }

  #authorize(topic: string): boolean | Promise<boolean> {
    if (topic === "secret") return false;
    return topic.startsWith("slow:") ? this.sleep(3).then(() => true) : true;
  }
}

/** Makes 32 hexadecimal digits of a source of fractions. */
export function secretOf(fraction: () => number): string {
  let text = "";
  while (text.length < 32) text += Math.floor(fraction() * 16).toString(16);
  return text;
}
