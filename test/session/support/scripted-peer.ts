import type {
  ServerConnection,
  ServerConnectionListener,
} from "../../../src/server/server-connection.ts";

/** One request or notification that the peer heard. */
export interface Heard {
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly id: number | undefined;
  readonly method: string;
  readonly params: unknown;
}

/** Answers a request: the result, or undefined for none. A {@link PeerFailure} thrown is an error answer. */
export type Script = (params: never, heard: Heard) => unknown;

/** An error answer. */
export class PeerFailure extends Error {
  readonly number: number;
  readonly data: unknown;

  constructor(number: number, data?: unknown) {
    super("refused by the script");
    this.number = number;
    this.data = data;
  }
}

const DEFAULTS: Readonly<Record<string, Script>> = {
  "session.hello": () => ({ protocol: "orderly.v1", dedupEpoch: "d", dedupWindowMs: 0 }),
  "session.authenticate": () => ({ userId: "u", expiresInMs: null }),
  "session.ping": () => null,
  "session.bye": (params: { notifications: number }) => ({ notifications: params.notifications }),
  "topic.subscribe": ({ topics }: { topics: { topic: string }[] }) => ({
    topics: topics.map(({ topic }) => ({ topic, epoch: "e", seq: 0, recovered: false })),
  }),
};

/** Plays a server of `orderly.v1` that answers, lies or is silent as a test wishes. */
export class ScriptedPeer {
  /** Everything heard, in order. */
  readonly heard: Heard[] = [];
  /** Text that is no request or notification. */
  readonly heardElse: string[] = [];
  readonly connections: ServerConnection[] = [];
  /** Close codes of connections that are gone. */
  readonly closed: number[] = [];
  readonly #lastSeqs = new Map<string, number>();
  readonly #defaults: Readonly<Record<string, Script>> = {
    ...DEFAULTS,
    "topic.unsubscribe": ({ topics }: { topics: string[] }) => ({
      topics: topics.map((topic) => ({ topic, lastSeq: this.#lastSeqs.get(topic) ?? 0 })),
    }),
  };
  readonly #scripts = new Map<string, Script>(Object.entries(this.#defaults));

  /** Answers a method so from now on. */
  on<Params = unknown>(method: string, script: (params: Params, heard: Heard) => unknown): this {
    this.#scripts.set(method, script as Script);
    return this;
  }

  /** Answers these methods no more; all of them where none is given. */
  mute(...methods: readonly string[]): this {
    for (const method of methods.length > 0 ? methods : [...this.#scripts.keys()]) {
      this.#scripts.set(method, () => undefined);
    }
    return this;
  }

  /** Answers a method as a server does that behaves. */
  unmute(method: string): this {
    const script = this.#defaults[method];
    if (script === undefined) this.#scripts.delete(method);
    else this.#scripts.set(method, script);
    return this;
  }

  /** The newest connection. */
  get connection(): ServerConnection {
    const newest = this.connections.at(-1);
    if (newest === undefined) throw new Error("nobody has connected");
    return newest;
  }

  /** What was heard of one method. */
  calls(method: string): readonly Heard[] {
    return this.heard.filter((each) => each.method === method);
  }

  /** The methods heard, in order, without hello. */
  get methods(): readonly string[] {
    return this.heard.map(({ method }) => method).filter((method) => method !== "session.hello");
  }

  /** Says anything. */
  say(message: unknown): void {
    this.connection.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends a notification. */
  notify(method: string, params: unknown): void {
    this.say({ jsonrpc: "2.0", method, params });
  }

  /** Sends an event of a topic. */
  event(topic: string, seq: number, data: unknown = seq, more: object = {}): void {
    this.#lastSeqs.set(topic, Math.max(seq, this.#lastSeqs.get(topic) ?? 0));
    this.notify("topic.event", { topic, seq, data, ...more });
  }

  /** Answers a request that was left unanswered. */
  answer(heard: Heard | undefined, result: unknown): void {
    this.say({ jsonrpc: "2.0", id: heard?.id, result });
  }

  accept(connection: ServerConnection): ServerConnectionListener {
    this.connections.push(connection);
    const number = this.connections.length;
    return {
      received: (data) => this.#received(number, connection, String(data)),
      ponged: () => {},
      closed: (code) => this.closed.push(code),
    };
  }

  #received(number: number, connection: ServerConnection, text: string): void {
    const { id, method, params } = JSON.parse(text) as Omit<Heard, "connection">;
    if (method === undefined) {
      this.heardElse.push(text);
      return;
    }
    const heard: Heard = { connection: number, id, method, params };
    this.heard.push(heard);
    const script = this.#scripts.get(method);
    if (id === undefined || script === undefined) return;
    try {
      const result = script(params as never, heard);
      if (result !== undefined) connection.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      const failure = { code: error.number, message: error.message, data: error.data };
      connection.send(JSON.stringify({ jsonrpc: "2.0", id, error: failure }));
    }
  }
}
