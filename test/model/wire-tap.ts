import type {
  Connection,
  ConnectionListener,
  ConnectTarget,
  Transport,
} from "../../src/session/connection/transport.ts";

/** One request that the session handed to a connection. */
export interface SentRequest {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Place among everything that was sent and delivered in this world. */
  readonly order: number;
  /** What was delivered to the session under its id, in order; the first is the answer where the peer is honest. */
  readonly answers: WireAnswer[];
}

/** An answer as it was delivered. */
export interface WireAnswer {
  readonly order: number;
  readonly atMs: number;
  /** Undefined where it is an error. */
  readonly result: unknown;
  readonly isError: boolean;
}

/** A message of the session's, parsed. */
export interface SentMessage {
  readonly line: WireLine;
  readonly method: string;
  readonly id: number | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Everything that was said on one connection, as the session said and heard it. */
export class WireLine {
  readonly number: number;
  readonly listener: ConnectionListener;
  readonly requests = new Map<number, SentRequest>();
  isOpened = false;
  /** The listener was told of the end. */
  isOver = false;
  byeSent = false;
  byeAnswered = false;
  /** Application messages without an id that were sent. */
  notifications = 0;
  /** Numbers of the application's messages that were sent. */
  readonly numbers = new Set<number>();
  lastNumber = 0;
  /** Topics that the peer ended. */
  readonly closedTopics = new Set<string>();

  constructor(number: number, listener: ConnectionListener) {
    this.number = number;
    this.listener = listener;
  }
}

/** What a tap tells its world. */
export interface TapListener {
  readonly now: () => number;
  /** The session hands a message to the transport. */
  sent(message: SentMessage): void;
}

/** Stands between the session and its transport, and keeps a record of both ways. */
export class WireTap implements Transport {
  readonly lines: WireLine[] = [];
  readonly #inner: Transport;
  readonly #listener: TapListener;
  #order = 0;

  constructor(inner: Transport, listener: TapListener) {
    this.#inner = inner;
    this.#listener = listener;
  }

  connect(target: ConnectTarget, listener: ConnectionListener): Connection {
    const line = new WireLine(this.lines.length + 1, listener);
    this.lines.push(line);
    const connection = this.#inner.connect(target, {
      opened: (subprotocol) => {
        line.isOpened = true;
        listener.opened(subprotocol);
      },
      received: (data) => {
        this.#received(line, data);
        listener.received(data);
      },
      closed: (code, reason, cause) => {
        line.isOver = true;
        listener.closed(code, reason, cause);
      },
    });
    return {
      send: (text) => {
        this.#sent(line, text);
        connection.send(text);
      },
      close: (code, reason) => connection.close(code, reason),
      terminate: () => connection.terminate(),
      get bufferedBytes() {
        return connection.bufferedBytes;
      },
    };
  }

  /** Every request that was sent under a method's name, on any connection. */
  *requestsOf(method: string): Iterable<SentRequest> {
    for (const line of this.lines)
      for (const request of line.requests.values()) if (request.method === method) yield request;
  }

  #sent(line: WireLine, text: string): void {
    const message = JSON.parse(text) as {
      id?: number;
      method?: string;
      params?: Readonly<Record<string, unknown>>;
    };
    const { id, method, params = {} } = message;
    if (method === undefined) return;
    this.#order += 1;
    this.#listener.sent({ line, method, id, params });
    if (id === undefined) line.notifications += 1;
    else {
      const order = this.#order;
      line.requests.set(id, { id, method, params, order, answers: [] });
    }
    if (method === "session.bye") line.byeSent = true;
    if (typeof params["number"] === "number") line.numbers.add(params["number"]);
  }

  #received(line: WireLine, data: string | Uint8Array): void {
    this.#order += 1;
    if (typeof data !== "string") return;
    if (data.startsWith('{"jsonrpc":"2.0","method":"topic.closed"'))
      line.closedTopics.add((JSON.parse(data) as { params: { topic: string } }).params.topic);
    if (!data.startsWith('{"jsonrpc":"2.0","id":')) return;
    let message: { id?: unknown; result?: unknown };
    try {
      message = JSON.parse(data) as typeof message;
    } catch {
      return;
    }
    const request = typeof message.id === "number" ? line.requests.get(message.id) : undefined;
    if (request === undefined) return;
    request.answers.push({
      order: this.#order,
      atMs: this.#listener.now(),
      result: message.result,
      isError: !("result" in message),
    });
    if (request.method === "session.bye" && "result" in message) line.byeAnswered = true;
  }
}
