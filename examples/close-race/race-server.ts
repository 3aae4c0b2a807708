import { SessionServer } from "orderly-ws/server";

/** What both sides agree on. */
export interface RaceApi {
  /** One topic for each round, so that the server can tell them apart. */
  topics: { "race:${string}": { tick: number } };
  methods: Record<never, never>;
}

const EVENTS_PER_TOPIC = 2;

/** A server that notes which unsubscribes really arrived. */
export class RaceServer {
  /** Where it listens. */
  readonly url: string;
  readonly #server: SessionServer<RaceApi>;
  readonly #arrived = new Set<string>();

  private constructor(server: SessionServer<RaceApi>, port: number) {
    this.url = `ws://127.0.0.1:${port}`;
    this.#server = server;
    server.on("subscribed", (_session, topic) => {
      const publisher = server.topic(topic as `race:${string}`);
      for (let tick = 1; tick <= EVENTS_PER_TOPIC; tick += 1) publisher.publish({ tick });
    });
    server.on("unsubscribed", (_session, topic, _lastSeq, code) => {
      // Null: the client asked for it. The end of a session ends its topics as well, with a code.
      if (code === null) this.#arrived.add(topic);
    });
  }

  /** Listens on a port that is free. */
  static async listen(): Promise<RaceServer> {
    const server = new SessionServer<RaceApi>({ authorize: "public" });
    const { port } = await server.listen(0, "127.0.0.1");
    return new RaceServer(server, port);
  }

  /** Tells whether a topic's unsubscribe arrived. */
  hasSeen(topic: string): boolean {
    return this.#arrived.has(topic);
  }

  /** Resolves when no session is left: what has not arrived by then never will. */
  async deserted(): Promise<void> {
    if (this.#server.stats().sessions === 0) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#server.stats().sessions > 0) return;
        this.#server.off("closed", look);
        resolve();
      };
      this.#server.on("closed", look);
    });
  }

  /** Closes it. */
  async close(): Promise<void> {
    await this.#server.close();
  }
}
