import type { WireErrorCode } from "../protocol/json-rpc/error-codes.ts";
import { CLIENT_METHODS, SERVER_METHODS } from "../protocol/json-rpc/messages.ts";
import type {
  ServerConnection,
  ServerConnectionListener,
} from "../server/connections/server-connection.ts";
import { FakeRefusal } from "./fake-refusal.ts";
import { FakeTopics } from "./fake-topics.ts";

/** One request or notification that a fake server heard. */
export interface HeardCall {
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** Id of the request; undefined for a notification. */
  readonly id: number | string | undefined;
  /** What was called. */
  readonly method: string;
  /** Its parameters, as they came. */
  readonly params: unknown;
}

/**
 * Answers a call: returns the result, or a promise of it; undefined leaves it unanswered. A {@link FakeRefusal} that
 * it throws is the answer.
 */
export type FakeAnswer<Params = unknown> = (params: Params, call: HeardCall) => unknown;

/** Where a fake server listens. */
export interface ListeningFake {
  /** What sessions connect to. */
  readonly url: string;
  /** Stops to listen, and drops what is connected. */
  close(): Promise<void>;
}

/** How many calls are kept for a test to look at; the oldest go. */
const MAX_HEARD = 100_000;

interface Waiter {
  readonly method: string;
  left: number;
  readonly resolve: (call: HeardCall) => void;
}

/**
 * Plays a server of `orderly.v1` that answers, lies, refuses or is silent as a test wishes, in memory and on sockets.
 *
 * Untold, it behaves: it greets, accepts every token, subscribes to every topic, pings and says bye; methods of the
 * application are not answered until {@link FakeServer.on} says how.
 *
 * @example
 * ```ts
 * const server = new FakeServer()
 *   .on("order.place", () => ({ id: 7 }))
 *   .refuse("order.cancel", "TOO_LATE")
 *   .mute("topic.unsubscribe");
 * network.listen(server.accept);
 * server.publish("quotes:AAPL", { price: "187.20" });
 * server.skip("quotes:AAPL", 2); // two events that nobody gets
 * ```
 */
export class FakeServer {
  /** Everything heard, in order; the newest 100,000. */
  readonly heard: HeardCall[] = [];
  /** Texts that are no request or notification: answers to {@link FakeServer.say}, or garbage. */
  readonly heardElse: string[] = [];
  /** Every connection there was. */
  readonly connections: ServerConnection[] = [];
  /** Close codes of the connections that are gone. */
  readonly closed: number[] = [];
  readonly #topics = new FakeTopics();
  readonly #defaults: ReadonlyMap<string, FakeAnswer<never>> = new Map(this.#behaviour());
  readonly #answers = new Map<string, FakeAnswer<never>>(this.#defaults);
  readonly #live = new Map<number, ServerConnection>();
  #waiters: Waiter[] = [];

  /** Answers a method so from now on. */
  on<Params = unknown>(method: string, answer: FakeAnswer<Params>): this {
    this.#answers.set(method, answer as FakeAnswer<never>);
    return this;
  }

  /** Refuses a method from now on, with a code of the wire or of the application's own. */
  refuse(method: string, code: WireErrorCode | (string & {}), detail?: unknown): this {
    return this.on(method, () => {
      throw new FakeRefusal(code, detail);
    });
  }

  /** Hears these methods and does not answer; all that it would answer now where none is given. */
  mute(...methods: readonly string[]): this {
    const muted = methods.length > 0 ? methods : [...this.#answers.keys()];
    for (const method of muted) this.#answers.set(method, () => undefined);
    return this;
  }

  /** Answers a method as it does untold. */
  unmute(method: string): this {
    const answer = this.#defaults.get(method);
    if (answer === undefined) this.#answers.delete(method);
    else this.#answers.set(method, answer);
    return this;
  }

  /**
   * Publishes an event: to every connection that is subscribed, with the topic's next number.
   *
   * @returns The number.
   */
  publish(topic: string, data: unknown): number {
    const seq = this.#topics.next(topic);
    for (const number of this.#topics.subscribers(topic)) {
      const connection = this.#live.get(number);
      connection?.send(notification(SERVER_METHODS.event, { topic, seq, data }));
    }
    return seq;
  }

  /** Gives numbers to events that nobody gets: a gap. */
  skip(topic: string, count: number = 1): this {
    for (let skipped = 0; skipped < count; skipped += 1) this.#topics.next(topic);
    return this;
  }

  /** Sends an event with a number of the test's own, to the newest connection, subscribed or not. */
  event(topic: string, seq: number, data: unknown = seq, more: object = {}): this {
    this.#topics.sent(topic, seq);
    return this.notify(SERVER_METHODS.event, { topic, seq, data, ...more });
  }

  /** Sends a notification to the newest connection. */
  notify(method: string, params: unknown): this {
    return this.say(notification(method, params));
  }

  /** Answers a call that was left unanswered, or answers it once more. */
  answer(call: HeardCall | undefined, result: unknown): this {
    return this.say({ jsonrpc: "2.0", id: call?.id, result });
  }

  /** Says anything to the newest connection: a text as it is, anything else as JSON. */
  say(message: unknown): this {
    this.connection.send(typeof message === "string" ? message : JSON.stringify(message));
    return this;
  }

  /** Drops every connection without a closing handshake. */
  cut(): this {
    for (const connection of [...this.#live.values()]) connection.terminate();
    return this;
  }

  /**
   * The newest connection.
   *
   * @throws Error while nobody has ever connected.
   */
  get connection(): ServerConnection {
    const newest = this.connections.at(-1);
    if (newest === undefined) throw new Error("nobody has connected to the fake server");
    return newest;
  }

  /** Returns what was heard of one method. */
  calls(method: string): readonly HeardCall[] {
    return this.heard.filter((each) => each.method === method);
  }

  /** The methods heard, in order, without hello. */
  get methods(): readonly string[] {
    const all = this.heard.map(({ method }) => method);
    return all.filter((method) => method !== CLIENT_METHODS.hello);
  }

  /** Resolves with the nth call of a method, from 1: heard already, or as soon as it is. */
  heardCall(method: string, nth: number = 1): Promise<HeardCall> {
    const calls = this.calls(method);
    const call = calls[nth - 1];
    if (call !== undefined) return Promise.resolve(call);
    return new Promise((resolve) => {
      this.#waiters.push({ method, left: nth - calls.length, resolve });
    });
  }

  /** Accepts a connection: to be given to a network's `listen`. */
  readonly accept = (connection: ServerConnection): ServerConnectionListener => {
    this.connections.push(connection);
    const number = this.connections.length;
    this.#live.set(number, connection);
    return {
      received: (data) => this.#received(number, connection, data),
      ponged: () => {},
      closed: (code) => {
        this.closed.push(code);
        this.#live.delete(number);
        this.#topics.leave(number);
      },
    };
  };

  /** Listens on a socket of this machine. Needs Node. */
  async listen(port: number = 0, host: string = "127.0.0.1"): Promise<ListeningFake> {
    // Loaded here: who stays in memory needs no sockets.
    const { serveSockets } = await import("./socket-front.ts");
    const front = await serveSockets(this.accept, port, host);
    return { url: `ws://${front.host}:${front.port}/`, close: () => front.close() };
  }

  #received(number: number, connection: ServerConnection, data: string | Uint8Array): void {
    const call = readCall(number, data);
    if (call === undefined) {
      this.heardElse.push(typeof data === "string" ? data : `(${data.length} bytes)`);
      return;
    }
    this.heard.push(call);
    if (this.heard.length > MAX_HEARD) this.heard.shift();
    this.#wake(call);
    const answer = this.#answers.get(call.method);
    if (answer !== undefined) this.#answer(call, answer, connection);
  }

  #answer(call: HeardCall, answer: FakeAnswer<never>, connection: ServerConnection): void {
    const send = (body: object): void => {
      if (call.id !== undefined)
        connection.send(JSON.stringify({ jsonrpc: "2.0", id: call.id, ...body }));
    };
    const succeed = (result: unknown): void => {
      if (result !== undefined) send({ result });
    };
    const fail = (error: unknown): void => {
      const known = error instanceof FakeRefusal ? error : new FakeRefusal("METHOD_FAILED");
      send({ error: known.toWire() });
    };
    try {
      const result = answer(call.params as never, call);
      // At once where it can be: a test on a virtual clock counts turns.
      if (result instanceof Promise) result.then(succeed, fail);
      else succeed(result);
    } catch (error) {
      fail(error);
    }
  }

  #wake(call: HeardCall): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (waiter.method !== call.method) return true;
      waiter.left -= 1;
      if (waiter.left > 0) return true;
      waiter.resolve(call);
      return false;
    });
  }

  #behaviour(): [string, FakeAnswer<never>][] {
    const topics = this.#topics;
    return [
      [
        CLIENT_METHODS.hello,
        () => ({ protocol: "orderly.v1", dedupEpoch: "d", dedupWindowMs: 0, resumeWithinMs: 0 }),
      ],
      [CLIENT_METHODS.authenticate, () => ({ userId: "u", expiresInMs: null })],
      [CLIENT_METHODS.ping, () => null],
      [
        CLIENT_METHODS.bye,
        ({ notifications = 0 }: { notifications?: number } = {}) => ({ notifications }),
      ],
      [CLIENT_METHODS.subscribe, (params, call) => topics.subscribe(params, call.connection)],
      [CLIENT_METHODS.unsubscribe, (params, call) => topics.unsubscribe(params, call.connection)],
      [CLIENT_METHODS.history, (params) => topics.history(params)],
    ] as [string, FakeAnswer<never>][];
  }
}

function notification(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params });
}

function readCall(connection: number, data: string | Uint8Array): HeardCall | undefined {
  try {
    const { id, method, params } = JSON.parse(String(data)) as HeardCall;
    return typeof method === "string" ? { connection, id, method, params } : undefined;
  } catch {
    return undefined;
  }
}
