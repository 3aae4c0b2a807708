import type { CloseReceipt } from "../session/closing/close-receipt.ts";
import type { Limits } from "../session/guard.ts";
import { isolate } from "../session/isolate.ts";
import type {
  DefaultApi,
  MethodName,
  MethodParams,
  MethodResult,
  SessionApi,
  TopicName,
} from "../session/session-api.ts";
import type {
  AttemptOptions,
  CloseOptions,
  NotifyArguments,
  RequestArguments,
  SessionEvents,
} from "../session/session-calls.ts";
import type { SessionState } from "../session/states/states.ts";
import type {
  CompletionToken,
  PendingToken,
  RequestType,
} from "../session/tokens/completion-token.ts";
import { timeoutError } from "../session/tokens/ending-error.ts";
import { SessionError } from "../session/tokens/errors.ts";
import type { UnsubscribeOptions } from "../session/topics/subscription-options.ts";
import type { SubscribeReceipt } from "../session/topics/subscription-state.ts";
import type { UnsubscribeReceipt } from "../session/topics/unsubscribe-request.ts";
import type { Authentication } from "./authentication.ts";
import { demandClose, demandFunction, demandMethod, topicsOf } from "./checks.ts";
import { close } from "./close.ts";
import {
  type Core,
  type CoreEnvironment,
  createToken,
  guard,
  post,
  report,
  settle,
} from "./core.ts";
import { giveUp, isOpen, openLink } from "./link.ts";
import { type Operation, submit } from "./operations.ts";
import { createReader, type Reader, startReader } from "./reader.ts";
import { type CoreOptions, numberOf, type ReadOptions, settingsOf } from "./settings.ts";
import { Subscription } from "./subscription.ts";
import { createLeave } from "./unsubscribe.ts";

const DEFAULT_MAX_QUEUED_EVENTS = 10_000;

/** What the listeners of a core session can hear. */
export type CoreEvents = Pick<SessionEvents, "state" | "error">;

/**
 * Is an ordered conversation with a server, like the whole `Session` of `orderly-ws` and with the same promises, in half
 * of its bytes: operations are written in the order of the calls, every request returns a {@link CompletionToken} that
 * tells the truth, a lost link is resumed, and close comes last, with a receipt.
 *
 * What it leaves out is in `docs/guides/pages.md`. Whoever needs any of it imports `Session` from `orderly-ws` instead: the
 * calls are the same.
 *
 * @example
 * ```ts
 * const session = new Session<MarketApi>({ url: "wss://example.com/market" });
 * await session.connect();
 * const quotes = session.subscribe("quotes:AAPL");
 * quotes.on("event", ({ data }) => console.log(data.price));
 * const receipt = await session.close();
 * console.log(receipt.clean, receipt.unsubscribed);
 * ```
 */
export class CoreSession<Api extends SessionApi = DefaultApi> implements AsyncDisposable {
  readonly #core: Core;
  #closeToken: CompletionToken<CloseReceipt> | undefined;

  /**
   * @param environment - Clock, randomness, transport.
   * @throws TypeError or RangeError for options out of range.
   */
  constructor(options: CoreOptions, environment: CoreEnvironment) {
    const core: Core = {
      ...environment,
      scope: environment.createHandlerScope(),
      settings: settingsOf(options),
      secret: environment.random.secret(),
      queue: [],
      state: "disconnected",
      epoch: 0,
      tokens: 0,
      listeners: [],
      attempts: 0,
      reconnectAt: null,
      heard: 0,
      held: [],
      inFlight: new Map(),
      wireIds: 0,
      notified: 0,
      channels: new Set(),
      granted: new Map(),
      readers: new Set(),
      strays: new Set(),
      leaves: new Set(),
    };
    core.authentication = options.authentication?.(core) as Authentication | undefined;
    this.#core = core;
  }

  /** Where the session is. */
  get state(): SessionState {
    return this.#core.state;
  }

  /** Number of the connection under the session: 0 before the first, then 1, 2, 3 …; an attempt that fails counts. */
  get epoch(): number {
    return this.#core.epoch;
  }

  /**
   * When the next attempt to connect is due, in milliseconds on the session's clock; null where none is planned. In state
   * `disconnected` it tells backoff from never started.
   */
  get reconnectAt(): number | null {
    return this.#core.reconnectAt;
  }

  /**
   * Opens the connection. The token is acked when the WebSocket is open; credentials are then presented, and operations
   * wait for that. A first connection that is refused fails at once with `CONNECT_REFUSED` and leaves the session
   * `disconnected`, unless `reconnect.retryFirst` is set. In backoff it tries now.
   *
   * @returns The pending token while an attempt is under way; an acked one where the link is up.
   */
  connect(options: AttemptOptions = {}): CompletionToken<void> {
    const core = this.#core;
    const { retryFirst, connectTimeoutMs } = core.settings;
    const limits = limitsOf(options, retryFirst ? Infinity : connectTimeoutMs);
    return (
      core.connecting ??
      this.#ask<void>("connect", (token) => {
        if (isOpen(core)) {
          token.ack(undefined, "local");
          return;
        }
        core.connecting = token;
        post(core, () => {
          if (!token.pending) return;
          token.guard = guard(core, limits, (by) =>
            giveUp(core, timeoutError(by, "the connection", core.connection !== undefined)),
          );
          if (!limits.signal?.aborted) openLink(core);
        });
      })
    );
  }

  /**
   * Subscribes to a topic, or to several at once: all of them, or none where the peer refuses one. Each call is a
   * request, of which servers take so many a second: hundreds of topics are better named in one.
   *
   * A topic that the session has already is joined where it stands now: what `since` asks for before that is told as a
   * gap.
   *
   * @throws TypeError when no topic is given, or one twice, and for a `since` that is neither `{epoch, seq}` nor `{last}`,
   *   with an integer from 0 up; RangeError for an option out of its range.
   */
  subscribe<Topic extends TopicName<Api>>(
    topics: Topic | readonly Topic[],
    options: ReadOptions = {},
  ): Subscription<Api, Topic> {
    const core = this.#core;
    const names = topicsOf(topics);
    const limits = limitsOf(options, core.settings.requestTimeoutMs);
    const most = numberOf("maxQueuedEvents", options.maxQueuedEvents, DEFAULT_MAX_QUEUED_EVENTS);
    const token = createToken<SubscribeReceipt>(core, "subscribe");
    const reader = createReader(core, token, names, options, most);
    const refusal = this.#refusal();
    if (refusal === undefined) {
      core.readers.add(reader);
      post(core, () => startReader(reader, limits));
    } else {
      settle(core, token, refusal);
    }
    return new Subscription<Api, Topic>(reader, (settings) =>
      this.#unsubscribe([reader], names, settings),
    );
  }

  /**
   * Unsubscribes every subscription of this session from a topic, or from several. A topic that is not subscribed
   * counts as done.
   */
  unsubscribe<Topic extends TopicName<Api>>(
    topics: Topic | readonly Topic[],
    options: UnsubscribeOptions = {},
  ): CompletionToken<UnsubscribeReceipt> {
    const names = topicsOf(topics);
    const readers = [...this.#core.readers].filter((reader) =>
      reader.topics.some((topic) => names.includes(topic)),
    );
    return this.#unsubscribe(readers, names, options);
  }

  /**
   * Calls a method of the peer's.
   *
   * `failed` means that it certainly had no effect; `unknown` that it may have had one (the link was
   * lost, the deadline passed or the caller aborted after the write, or the method threw half way).
   *
   * @throws TypeError for a method that is no text, is empty, or is one of the wire's own.
   */
  request<Method extends MethodName<Api>>(
    method: Method,
    ...[params, options = {}]: RequestArguments<MethodParams<Api, Method>>
  ): CompletionToken<MethodResult<Api, Method>> {
    const core = this.#core;
    demandMethod(method);
    const limits = limitsOf(options, core.settings.requestTimeoutMs);
    return this.#ask<MethodResult<Api, Method>>("request", (token) => {
      const operation: Operation = {
        method,
        params: () => params,
        requestId: token.id,
        isMoot: () => !token.pending,
        isAwaited: () => token.pending,
        done: (error, result) => settle(core, token, error, result as never, "frame"),
      };
      post(core, () => {
        token.guard = guard(core, limits, (by) =>
          settle(core, token, timeoutError(by, method, !!operation.isWritten)),
        );
        // An aborted signal ends it with the next event; it must not be written first.
        if (!limits.signal?.aborted) submit(core, operation);
      });
    });
  }

  /**
   * Calls a method of the peer's without asking for an answer; the receipt of `close()` says how many arrived.
   *
   * @returns `sent` when it was handed to the transport, `queued` when it waits for a connection.
   * @throws SessionError when it was neither: not connected, closing, too many wait, or `NOT_ENCODABLE`. One that was
   *   queued and never sent is an `error` event.
   */
  notify<Method extends MethodName<Api>>(
    method: Method,
    ...[params]: NotifyArguments<MethodParams<Api, Method>>
  ): "sent" | "queued" {
    const core = this.#core;
    demandMethod(method);
    let refusal = this.#refusal();
    let hasReturned = false;
    const operation: Operation = {
      method,
      params: () => params,
      isNotification: true,
      done(error) {
        // Once its caller goes on, what happens can only be told as an error.
        if (!hasReturned) refusal = error;
        else if (error !== undefined) report(core, error);
      },
    };
    if (refusal === undefined) post(core, () => submit(core, operation));
    if (refusal !== undefined) throw refusal;
    hasReturned = true;
    return operation.isWritten ? "sent" : "queued";
  }

  /**
   * Closes the session: what was accepted is sent, every topic is unsubscribed, every answer awaited, the
   * handlers run to the end, then bye and the close handshake.
   *
   * Always resolves, by its deadline at the latest; the outcome is `acked` when the receipt is clean, else
   * `unknown`. New operations fail with `SESSION_CLOSING` from this call on.
   *
   * @returns The same token for every call.
   * @throws RangeError for a close code or reason that the WebSocket protocol does not allow.
   */
  close(options: CloseOptions = {}): CompletionToken<CloseReceipt> {
    const core = this.#core;
    const run = core.scope.current();
    if (this.#closeToken !== undefined) {
      // Behind the close itself, which may still be in the queue.
      post(core, () => core.closing?.join(run));
      return this.#closeToken;
    }
    const { code = 1000, reason = "", deadlineMs: given } = options;
    const deadlineMs = numberOf("deadlineMs", given, core.settings.closeTimeoutMs, undefined, 0);
    demandClose(code, reason);
    const token = createToken<CloseReceipt>(core, "close");
    this.#closeToken = token;
    core.isClosing = true;
    const command = { token, deadlineMs, code, reason, runs: [run] };
    post(core, () => close(core, command));
    return token;
  }

  /** Closes the session at the end of an `await using` block. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Adds a listener. Listeners run in the session's queue: they must be quick, and what they throw is
   * reported and goes no further.
   *
   * @returns Removes the listener.
   */
  on<Type extends keyof CoreEvents>(
    type: Type,
    listener: (value: CoreEvents[Type]) => void,
  ): () => void {
    demandFunction(listener, "listener");
    const core = this.#core;
    const entry = [
      type as string,
      isolate(listener, (cause) => {
        // A listener of errors that throws would hear of it for ever.
        if (type !== "error")
          report(
            core,
            new SessionError("OBSERVER_FAILED", `a listener of ${type} threw`, { cause }),
          );
      }),
    ] as const;
    core.listeners = [...core.listeners, entry];
    return () => {
      core.listeners = core.listeners.filter((other) => other !== entry);
    };
  }

  #unsubscribe(
    readers: readonly Reader[],
    topics: readonly string[],
    options: UnsubscribeOptions,
  ): CompletionToken<UnsubscribeReceipt> {
    const core = this.#core;
    const limits = limitsOf(options, core.settings.unsubscribeTimeoutMs);
    return this.#ask<UnsubscribeReceipt>("unsubscribe", (token) => {
      const leave = createLeave(core, token, readers, topics, limits);
      post(core, leave.start);
    });
  }

  /** Says why nothing new is accepted, or undefined while it is. */
  #refusal(): SessionError | undefined {
    const { state, failure: cause, isClosing, reconnectAt, connecting } = this.#core;
    if (state === "closed") return new SessionError("SESSION_CLOSED", "it is closed");
    if (state === "error")
      return new SessionError("SESSION_FAILED", "the session failed", { cause });
    // A close without a connection goes on in state `disconnected`.
    if (isClosing) return new SessionError("SESSION_CLOSING", "close() was called");
    if (state === "disconnected" && reconnectAt === null && connecting === undefined)
      return new SessionError("NOT_CONNECTED", "connect() was not called");
    return undefined;
  }

  /** Makes the token of a request, and begins with the request unless nothing new is accepted. */
  #ask<T>(type: RequestType, begin: (token: PendingToken<T>) => void): CompletionToken<T> {
    const token = createToken<T>(this.#core, type);
    const refusal = this.#refusal();
    if (refusal === undefined || (type === "connect" && refusal.code === "NOT_CONNECTED"))
      begin(token);
    else settle(this.#core, token, refusal);
    return token;
  }
}

/** Checks the limits of one call. */
function limitsOf({ deadlineMs, signal }: AttemptOptions, fallbackMs: number): Limits {
  if (signal !== undefined) demandFunction(signal?.addEventListener, "signal");
  return { deadlineMs: numberOf("deadlineMs", deadlineMs, fallbackMs), signal };
}
