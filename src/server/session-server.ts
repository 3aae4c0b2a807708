import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { EventEmitter } from "eventemitter3";
import type { Backplane, Eventual, Position } from "../backplane/index.ts";
import type {
  DefaultApi,
  MethodName,
  MethodParams,
  MethodResult,
  NotificationName,
  NotificationParams,
  SessionApi,
  TopicData,
  TopicName,
} from "../session/session-api.ts";
import { checkDeadline, drainMs, sendAway } from "./closing/farewell.ts";
import type { ServerReceipt } from "./closing/receipts.ts";
import { admitAtAccept, beginAuthentication } from "./connections/authentication.ts";
import type {
  ConnectionInfo,
  ServerConnection,
  ServerConnectionListener,
} from "./connections/server-connection.ts";
import type { AllowedOrigins } from "./connections/upgrade-request.ts";
import { WsListener } from "./connections/ws-listener.ts";
import { LiveSession } from "./live-session.ts";
import { InvalidParams } from "./methods/invalid-params.ts";
import type { MethodContext, MethodHandler } from "./methods/method-call.ts";
import { checkMethodName } from "./methods/outgoing-data.ts";
import { Refusal } from "./methods/refusal.ts";
import { checkHandler, checkKinds } from "./option-checks.ts";
import { formatPrometheus } from "./prometheus.ts";
import { closeCode, ServerCore, type SessionServerEvents } from "./server-core.ts";
import { ServerError } from "./server-error.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerSession } from "./server-session.ts";
import { type ServerStats, takeStats } from "./server-stats.ts";
import { ServerTopic } from "./topics/server-topic.ts";
import { isTopicName, MAX_TOPIC_NAME_LENGTH } from "./topics/topic-name.ts";

/** A backplane whose `publish` answers at once, or with a promise, as its type says. */
export interface PublishingBackplane<Place extends Eventual<Position>> extends Backplane {
  /** Numbers an event, remembers it, and carries it to whoever joined. */
  publish(topic: string, dataJson: string): Place;
}

/** What a server is made of. */
export interface SessionServerOptions<
  Api extends SessionApi = DefaultApi,
  Place extends Eventual<Position> = Position,
> extends ServerOptions<Api> {
  /**
   * What numbers and carries events. One that answers with promises is named in the type:
   * `new SessionServer<Api, Promise<Position>>({ backplane })`.
   *
   * @defaultValue a `MemoryBackplane`: this process alone
   */
  readonly backplane?: PublishingBackplane<Place>;
  /** Which origins may connect from a browser. @defaultValue `"same-host"` */
  readonly allowedOrigins?: AllowedOrigins;
  /** How many proxies in front of the server add to `X-Forwarded-For`. @defaultValue 0: none is believed */
  readonly trustProxy?: number;
  /** The cookie that carries credentials; a connection that it authenticates must have an Origin. */
  readonly cookieName?: string;
  /** Whether to compress; costs memory and CPU for every session. @defaultValue false */
  readonly perMessageDeflate?: boolean;
  /**
   * Milliseconds, at most 1,000, for which an event may wait for more, to leave with them in one write; answers
   * never wait. @defaultValue 0: to the end of the event loop's turn
   */
  readonly flushMs?: number;
}

const MAX_FLUSH_MS = 1_000;

/** How a method is registered. */
export interface MethodOptions<Params> {
  /**
   * Checks what the client sent, which may be anything, and returns it typed. A throw answers
   * `INVALID_PARAMS` (with a `Refusal`'s message, where it is one) without calling the method.
   */
  readonly parse?: (params: unknown) => Params;
}

/** How a server closes. */
export interface ServerCloseOptions {
  /** Milliseconds until every connection is gone. @defaultValue 5,000 */
  readonly deadlineMs?: number;
}

/**
 * Serves ordered sessions: topics to subscribe to, methods to call, over `orderly.v1` (PROTOCOL.md).
 *
 * @example
 * ```ts
 * const server = new SessionServer<MarketApi>({ authorize: "public" });
 * server.method("order.place", (order) => place(order));
 * await server.listen(8080);
 * server.topic("quotes:AAPL").publish({ price: "187.20" });
 * const { clean } = await server.close();
 * ```
 */
export class SessionServer<
  Api extends SessionApi = DefaultApi,
  Place extends Eventual<Position> = Position,
> implements AsyncDisposable
{
  readonly #core: ServerCore;
  readonly #listener: WsListener;
  #closing: Promise<ServerReceipt> | null = null;

  /** @throws RangeError when an option or a limit is out of its range; TypeError when one is of another kind. */
  constructor(options: SessionServerOptions<Api, Place> = {}) {
    checkKinds(options);
    const { trustProxy = 0, flushMs = 0 } = options;
    if (!(flushMs >= 0 && flushMs <= MAX_FLUSH_MS)) {
      throw new RangeError(`flushMs must be 0 to ${MAX_FLUSH_MS}, got ${flushMs}`);
    }
    if (!(Number.isInteger(trustProxy) && trustProxy >= 0)) {
      throw new RangeError(`trustProxy must be an integer from 0 up, got ${trustProxy}`);
    }
    // Inside, topics and methods are plain names; the types hold at this border.
    this.#core = new ServerCore(options as unknown as ServerOptions, options.backplane);
    this.#listener = new WsListener(
      this.#core,
      {
        allowedOrigins: options.allowedOrigins ?? "same-host",
        trustProxy,
        cookieName: options.cookieName ?? null,
        perMessageDeflate: options.perMessageDeflate ?? false,
        flushMs,
      },
      (connection, info) => this.accept(connection, info),
    );
  }

  /**
   * Registers a method. The calls of one session run one after another, in the order they came.
   *
   * @param handler - Returns the result, or a promise of it. Throws a `Refusal` to refuse before it
   *   did anything; whatever else it throws tells the client that it may have had an effect.
   * @throws RangeError when the name is empty, reserved or registered already; TypeError when the handler is no function.
   */
  method<Name extends MethodName<Api>>(
    name: Name,
    handler: (
      params: MethodParams<Api, Name>,
      context: MethodContext<Api>,
    ) => MethodResult<Api, Name> | Promise<MethodResult<Api, Name>>,
    options: MethodOptions<MethodParams<Api, Name>> = {},
  ): this {
    checkMethodName(name);
    if (this.#core.methods.has(name)) throw new RangeError(`method ${name} is registered already`);
    checkHandler(name, handler);
    const { parse } = options;
    const run = handler as unknown as MethodHandler;
    const checked: MethodHandler =
      parse === undefined ? run : (params, context) => run(parseParams(parse, params), context);
    this.#core.methods.set(name, checked);
    return this;
  }

  /**
   * Gives a topic to publish to. Nothing is made until somebody publishes or subscribes.
   *
   * @throws RangeError when the name is not 1 to 255 characters without control characters.
   */
  topic<Name extends TopicName<Api>>(name: Name): ServerTopic<TopicData<Api, Name>, Place> {
    if (!isTopicName(name)) {
      throw new RangeError(
        `a topic's name must be 1 to ${MAX_TOPIC_NAME_LENGTH} characters, without control characters, and not __proto__`,
      );
    }
    return new ServerTopic<TopicData<Api, Name>, Place>(this.#core, name);
  }

  /** Sessions that are open, as they are now. */
  get sessions(): readonly ServerSession<Api>[] {
    return this.#core.sweep.toArray().filter((session) => session.isOpened) as never;
  }

  /** The sessions of one user: all their devices. */
  sessionsOf(userId: string): readonly ServerSession<Api>[] {
    return this.#core.admission.users.of(userId) as never;
  }

  /**
   * Sends a notification to all sessions of a user.
   *
   * @returns To how many.
   * @throws As `ServerSession.notify`.
   */
  notifyUser<Name extends NotificationName<Api>>(
    userId: string,
    method: Name,
    params: NotificationParams<Api, Name>,
  ): number {
    return this.#core.admission.users.of(userId).filter((session) => session.notify(method, params))
      .length;
  }

  /**
   * Makes a session of a connection, wherever it comes from. The listeners use it, and so does an
   * in-memory network.
   *
   * @returns Who is to hear what happens on the connection.
   */
  accept(connection: ServerConnection, info: ConnectionInfo): ServerConnectionListener {
    const core = this.#core;
    core.counters.connections += 1;
    const session = new LiveSession(core, connection, info);
    core.sweep.add(session);
    if (core.isClosing) {
      session.end("restart", "going away");
      return session;
    }
    admitAtAccept(session);
    if (info.credentials !== null && session.isOpen) {
      beginAuthentication(session, info.credentials, undefined);
    }
    return session;
  }

  /**
   * Listens on a port of its own.
   *
   * @param port - 0 for any that is free.
   * @throws {@link ServerError} `LISTENER_FAILED` with its cause; `SERVER_CLOSED` after `close()`, or where that
   *   comes before it listens.
   */
  async listen(port: number, host?: string): Promise<AddressInfo> {
    this.#checkOpen();
    return this.#listener.listen(port, host);
  }

  /**
   * Takes the upgrade requests of an HTTP server that stays its owner's.
   *
   * @param options - `path`: which path's alone; absent for all.
   * @throws {@link ServerError} `SERVER_CLOSED` after `close()`.
   */
  attach(server: HttpServer, options: { readonly path?: string } = {}): this {
    this.#checkOpen();
    this.#listener.attach(server, options.path ?? null);
    return this;
  }

  /** Makes a session of one upgrade request, where the caller has chosen which. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#listener.handleUpgrade(request, socket, head);
  }

  /** Counts what is, and what was. */
  stats(): ServerStats {
    return takeStats(this.#core);
  }

  /** Gives the stats in the Prometheus text format. */
  prometheus(): string {
    return formatPrometheus(this.stats());
  }

  /**
   * Ends the server: accepts nobody, asks every client to say bye (`session.goaway`), awaits the
   * methods that run, closes with 1012 who does not go by itself. A second call gets the same promise.
   *
   * @returns The receipts, at the latest at the deadline. Never rejects.
   * @throws RangeError when the deadline is out of its range.
   */
  close(options: ServerCloseOptions = {}): Promise<ServerReceipt> {
    const { deadlineMs = 5_000 } = options;
    checkDeadline(deadlineMs);
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  /** Closes with the default deadline, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Adds a listener. One that throws disturbs nothing; see `OBSERVER_THREW`. */
  on<Event extends keyof SessionServerEvents>(
    event: Event,
    listener: SessionServerEvents[Event],
  ): this {
    const { emitter } = this.#core;
    emitter.on(event, listener as EventEmitter.EventListener<SessionServerEvents, Event>);
    return this;
  }

  /** Removes a listener. */
  off<Event extends keyof SessionServerEvents>(
    event: Event,
    listener: SessionServerEvents[Event],
  ): this {
    const { emitter } = this.#core;
    emitter.off(event, listener as EventEmitter.EventListener<SessionServerEvents, Event>);
    return this;
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw new ServerError("SERVER_CLOSED", "the server is closed");
  }

  async #close(deadlineMs: number): Promise<ServerReceipt> {
    const core = this.#core;
    const { clock } = core;
    const startedMs = clock.now();
    core.isClosing = true;
    this.#listener.stop();
    const sessions = core.sweep.toArray();
    const hurry = clock.setTimer(() => {
      for (const session of sessions) session.end("restart", "going away");
    }, drainMs(deadlineMs));
    const giveUp = clock.setTimer(() => {
      for (const session of sessions) session.connection.terminate();
    }, deadlineMs);
    const receipts = await Promise.all(
      sessions.map((session) => {
        const receipt = sendAway(session, deadlineMs, closeCode("restart"));
        // Who is not known, or not let in yet, has nothing to drain.
        if (!session.isOpened) session.end("restart", "going away");
        return receipt;
      }),
    );
    clock.clearTimer(hurry);
    clock.clearTimer(giveUp);
    this.#listener.release();
    return {
      clean: receipts.every((receipt) => receipt.clean),
      sessions: receipts,
      elapsedMs: clock.now() - startedMs,
    };
  }
}

function parseParams<Params>(parse: (params: unknown) => Params, params: unknown): Params {
  try {
    return parse(params);
  } catch (cause) {
    const message = cause instanceof Refusal ? cause.message : "the parameters have another shape";
    throw new InvalidParams(message, { cause });
  }
}
