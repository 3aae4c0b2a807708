import type { TimerHandle } from "../clock.ts";
import type { Kernel } from "../kernel.ts";
import type { Deadline } from "../tokens/deadlines.ts";
import { SessionError } from "../tokens/errors.ts";
import { backoffDelayMs } from "./backoff.ts";
import { Heartbeat } from "./heartbeat.ts";
import {
  ABNORMAL_CLOSURE,
  type Connection,
  type ConnectionListener,
  type Transport,
} from "./transport.ts";

/** What a lost connection leads to. */
export type NextStep =
  /** A first connect that was refused: back to the start. */
  | { readonly type: "give-up" }
  /** Nothing more can be done. */
  | { readonly type: "fail"; readonly error: SessionError }
  /** Another attempt follows. */
  | { readonly type: "retry"; readonly delayMs: number };

/** Stands for a connection that could not even be begun, until that is heard. */
const NO_CONNECTION: Connection = { bufferedBytes: 0, send() {}, close() {}, terminate() {} };

/** Keeps the one connection under the session: opens it, watches it, and decides when to try again. */
export class Link {
  readonly #kernel: Kernel;
  readonly #transport: Transport;
  readonly #heartbeat: Heartbeat;
  readonly #reconnect: () => void;
  #connection: Connection | undefined;
  #openedAtMs: number | undefined;
  #everOpen = false;
  #attempt = 0;
  /** For the next attempt. */
  #timer: TimerHandle | undefined;
  /** For the attempt under way. */
  #deadline: Deadline | undefined;
  #reconnectAt: number | null = null;
  #spreadMs: number | undefined;

  /**
   * @param reconnect - Called when the delay before the next attempt is over.
   * @param ping - Writes a ping; returns false where the protocol has none.
   */
  constructor(kernel: Kernel, transport: Transport, reconnect: () => void, ping: () => boolean) {
    this.#kernel = kernel;
    this.#transport = transport;
    this.#reconnect = reconnect;
    this.#heartbeat = new Heartbeat(kernel, ping, () => this.#connection?.terminate());
  }

  /** When the next attempt is due, on the session's clock, or null where none is planned. */
  get reconnectAt(): number | null {
    return this.#reconnectAt;
  }

  /** Whether there is a connection, open or not. */
  get alive(): boolean {
    return this.#connection !== undefined;
  }

  /** The connection, open or not. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Bytes handed over that have not left yet. */
  get bufferedBytes(): number {
    return this.#connection?.bufferedBytes ?? 0;
  }

  /** Begins a new connection, of a new epoch. */
  connect(): void {
    this.cancelReconnect();
    const { machine, queue, options } = this.#kernel;
    machine.step("connecting");
    const epoch = machine.nextEpoch();
    const listener: ConnectionListener = {
      opened: (subprotocol) => {
        queue.post("connect_complete", { epoch, subprotocol });
      },
      received: (data) => {
        queue.post("recv_data", { epoch, data });
      },
      closed: (closeCode, reason, cause) => {
        queue.post("connection_lost", { epoch, closeCode, reason, cause });
      },
    };
    const { url, protocol } = options;
    try {
      this.#connection = this.#transport.connect(
        { url, subprotocols: protocol.subprotocols },
        listener,
      );
    } catch (cause) {
      // A page's security policy, or a header that is none: no connection will come of it.
      this.#connection = NO_CONNECTION;
      listener.closed(ABNORMAL_CLOSURE, "", cause as Error);
    }
    // Where the deadline of `connect()` is, too: of two that are equally long, the one that was set first is over first.
    this.#deadline = { dueMs: 0, done: false, expire: () => this.#connection?.terminate() };
    this.#kernel.deadlines.add(this.#deadline, options.connectTimeoutMs);
  }

  /** The connection is open. */
  opened(): void {
    this.#clearTimer();
    this.#openedAtMs = this.#kernel.clock.now();
    this.#everOpen = true;
    this.#kernel.counters.connections += 1;
    this.#heartbeat.start();
  }

  /** Hands a message to the transport. */
  send(text: string): void {
    this.#connection?.send(text);
  }

  /** Starts the WebSocket's close handshake. */
  close(code: number, reason: string): void {
    this.#heartbeat.stop();
    this.#connection?.close(code, reason);
  }

  /** Drops the connection. */
  terminate(): void {
    this.#connection?.terminate();
  }

  /** A close drains from here on, within its own deadline. */
  stopWatching(): void {
    this.#heartbeat.stop();
  }

  /** The next loss is the peer's wish: come back after a random delay of up to this many milliseconds. */
  spreadReconnect(spreadMs: number): void {
    this.#spreadMs = spreadMs;
  }

  /** The connection is gone, or given up: nothing of its epoch is heard any more. */
  forget(): void {
    this.#clearTimer();
    this.#heartbeat.stop();
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    const openedAtMs = this.#openedAtMs;
    this.#openedAtMs = undefined;
    if (openedAtMs === undefined) return;
    this.#kernel.counters.connectionsLost += 1;
    const uptimeMs = this.#kernel.clock.now() - openedAtMs;
    if (uptimeMs >= this.#kernel.options.minUptimeMs) this.#attempt = 0;
  }

  /** Drops the connection, if there is one, and plans nothing: nobody wants it any more. */
  drop(): void {
    this.terminate();
    this.forget();
    this.cancelReconnect();
  }

  /** Decides what follows a lost connection. Asks the application's `shouldReconnect`. */
  afterLoss(closeCode: number, reason: string, cause: Error | undefined): NextStep {
    const { options, random } = this.#kernel;
    const why = reason === "" ? `close code ${closeCode}` : `close code ${closeCode}, ${reason}`;
    if (!this.#everOpen && !options.retryFirst) return { type: "give-up" };
    const fail = (text: string, behind: unknown = cause): NextStep => ({
      type: "fail",
      error: new SessionError("CONNECTION_LOST", text, { closeCode, cause: behind }),
    });
    try {
      if (!options.shouldReconnect(closeCode))
        return fail(`the connection was lost for good: ${why}`);
    } catch (error) {
      return fail("shouldReconnect threw", error);
    }
    if (this.#attempt >= options.maxAttempts)
      return fail(`${this.#attempt} attempts in a row failed: ${why}`);
    const spreadMs = this.#spreadMs;
    this.#spreadMs = undefined;
    if (spreadMs !== undefined) return { type: "retry", delayMs: spreadMs * random.fraction() };
    const delayMs = backoffDelayMs(this.#attempt, options, random.fraction());
    this.#attempt += 1;
    return { type: "retry", delayMs };
  }

  /** Plans the next attempt. */
  scheduleReconnect(delayMs: number): void {
    this.#reconnectAt = this.#kernel.clock.now() + delayMs;
    this.#timer = this.#kernel.clock.setTimer(() => {
      this.#timer = undefined;
      this.#reconnect();
    }, delayMs);
  }

  /** Plans nothing any more. */
  cancelReconnect(): void {
    this.#clearTimer();
    this.#reconnectAt = null;
  }

  #clearTimer(): void {
    if (this.#timer !== undefined) this.#kernel.clock.clearTimer(this.#timer);
    this.#timer = undefined;
    if (this.#deadline !== undefined) this.#deadline.done = true;
  }
}
