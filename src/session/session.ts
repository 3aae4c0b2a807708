import { isRetriedByDefault } from "../protocol/default-retry.ts";
import { jsonRpc } from "../protocol/json-rpc/json-rpc-protocol.ts";
import {
  checkCloseCode,
  checkCloseReason,
  checkFunction,
  checkKey,
  checkLimits,
  checkMethod,
  checkSignal,
  checkTopics,
} from "./call-checks.ts";
import type { CloseReceipt } from "./closing/close-receipt.ts";
import type { AuthenticationReceipt } from "./connection/authenticator.ts";
import type { MessageInterceptor } from "./connection/interceptors.ts";
import type { ServerNotification } from "./delivery/notification-sink.ts";
import { isolate } from "./isolate.ts";
import { RequestOperation } from "./operations/request.ts";
import { sendNotification } from "./operations/send-notification.ts";
import type {
  DefaultApi,
  MethodName,
  MethodParams,
  MethodResult,
  NotificationName,
  NotificationParams,
  SessionApi,
  TopicName,
} from "./session-api.ts";
import type {
  AttemptOptions,
  CloseOptions,
  NotifyArguments,
  RequestArguments,
  SessionEvents,
} from "./session-calls.ts";
import { SessionCore } from "./session-core.ts";
import type { SessionEnvironment } from "./session-environment.ts";
import {
  type CredentialsSource,
  choice,
  duration,
  resolveOptions,
  type SessionOptions,
} from "./session-options.ts";
import {
  ask,
  authenticate,
  connect,
  refusalOf,
  subscribe,
  unsubscribe,
} from "./session-requests.ts";
import { readStats, type SessionStats } from "./session-stats.ts";
import type { StateChange } from "./states/session-machine.ts";
import { SESSION_TRANSITIONS, type SessionState } from "./states/states.ts";
import { waitForState } from "./states/wait-for-state.ts";
import type { CompletionToken, PendingToken } from "./tokens/completion-token.ts";
import { SessionError } from "./tokens/errors.ts";
import { Subscription, type SubscriptionHandler } from "./topics/subscription.ts";
import type { SubscribeOptions, UnsubscribeOptions } from "./topics/subscription-options.ts";
import type { UnsubscribeReceipt, UnsubscribeTarget } from "./topics/unsubscribe-request.ts";

/**
 * Is one client's ordered conversation with a server. It outlives connections: after a lost link it
 * comes back, presents fresh credentials and subscribes again to what is still wanted.
 *
 * Every operation is an event in one queue, and every request returns a {@link CompletionToken} that tells the
 * truth about how it ended.
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
export class SessionBase<Api extends SessionApi = DefaultApi> implements AsyncDisposable {
  readonly #core: SessionCore;
  #closeToken: CompletionToken<CloseReceipt> | undefined;

  /**
   * @param environment - Clock, randomness, transport.
   * @throws TypeError or RangeError for options out of range.
   */
  constructor(options: SessionOptions, environment: SessionEnvironment) {
    const resolved = resolveOptions(options, {
      protocol: jsonRpc,
      shouldReconnect: isRetriedByDefault,
    });
    this.#core = new SessionCore(resolved, options, environment);
  }

  /** Where the session is. */
  get state(): SessionState {
    return this.#core.kernel.machine.state;
  }

  /** Number of the connection under the session: 0 before the first, then 1, 2, 3 …; an attempt that fails counts. */
  get epoch(): number {
    return this.#core.kernel.machine.epoch;
  }

  /**
   * When the next attempt to connect is due, in milliseconds on the session's clock; null where none
   * is planned. In state `disconnected` it tells backoff from never started.
   */
  get reconnectAt(): number | null {
    return this.#core.link.reconnectAt;
  }

  /**
   * Opens the connection.
   *
   * The token is acked when the WebSocket is open; credentials from the options are then presented, and operations
   * wait for that. A first connection that is refused fails at once with `CONNECT_REFUSED` and leaves the session
   * `disconnected`, unless `reconnect.retryFirst` is set. In backoff it tries now.
   *
   * @returns The pending token while an attempt is under way; an acked one where the link is up.
   */
  connect(options: AttemptOptions = {}): CompletionToken<void> {
    const core = this.#core;
    const { retryFirst, connectTimeoutMs } = core.kernel.options;
    return connect(core, checkLimits(options, retryFirst ? Infinity : connectTimeoutMs));
  }

  /**
   * Presents credentials, now and on every later connection; a callback is asked for a fresh token each
   * time, and ahead of expiry. Called again on a connection that is authenticated, it refreshes without
   * reconnecting and without a change of state.
   *
   * Refused credentials fail with `AUTHENTICATION_REFUSED`; the first ones of a connection bring the session to
   * `error`.
   *
   * @param credentials - Defaults to those given before.
   */
  authenticate(
    credentials?: CredentialsSource,
    options: AttemptOptions = {},
  ): CompletionToken<AuthenticationReceipt> {
    const core = this.#core;
    const limits = checkLimits(options, core.kernel.options.requestTimeoutMs);
    if (credentials === undefined && !core.authenticator.hasCredentials) {
      throw new TypeError("authenticate() needs credentials");
    }
    return authenticate(core, credentials, limits);
  }

  /**
   * Subscribes to a topic, or to several at once: all of them, or none where the peer refuses one. Each call is a
   * request, of which servers take so many a second: hundreds of topics are better named in one.
   *
   * @throws TypeError when no topic is given, or one twice, and for a `since` that is neither `{epoch, seq}` nor `{last}`,
   *   with an integer from 0 up; RangeError for an option out of its range.
   */
  subscribe<Topic extends TopicName<Api>>(
    topics: Topic | readonly Topic[],
    options: SubscribeOptions = {},
  ): Subscription<Api, Topic> {
    const core = this.#core;
    const state = subscribe(core, checkTopics(topics), options);
    return new Subscription<Api, Topic>(state, (unsubscribeOptions) =>
      unsubscribe(core, [{ subscription: state, topics: state.topics }], unsubscribeOptions),
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
    const names = checkTopics(topics);
    const targets: UnsubscribeTarget[] = [];
    for (const subscription of this.#core.deliveries.subscriptions) {
      const own = subscription.topics.filter((topic) => names.includes(topic));
      if (own.length > 0) targets.push({ subscription, topics: own });
    }
    return unsubscribe(this.#core, targets, options);
  }

  /**
   * Calls a method of the peer's.
   *
   * `failed` means that it certainly had no effect; `unknown` that it may have had one (the link was
   * lost, the deadline passed or the caller aborted after the write, or the method threw half way).
   *
   * @throws TypeError for a name of the wire's own: `session.*`, `topic.*` and `rpc.*` of `orderly.v1`.
   */
  request<Method extends MethodName<Api>>(
    method: Method,
    ...[params, options = {}]: RequestArguments<MethodParams<Api, Method>>
  ): CompletionToken<MethodResult<Api, Method>> {
    const core = this.#core;
    const { kernel, operations } = core;
    const { idempotencyKey } = options;
    checkMethod(method, kernel.options.protocol);
    checkKey("idempotencyKey", idempotencyKey);
    const call = { method, params, idempotencyKey };
    const limits = checkLimits(options, kernel.options.requestTimeoutMs);
    return ask<MethodResult<Api, Method>>(core, "request", (token) => {
      const pending = token as unknown as PendingToken<unknown>;
      const operation = new RequestOperation(kernel, operations, pending, call, limits);
      kernel.queue.post("send_request", operation);
    });
  }

  /**
   * Calls a method of the peer's without asking for an answer; the receipt of `close()` says how many arrived.
   *
   * @returns `sent` when it was handed to the transport, `queued` when it waits for a connection.
   * @throws TypeError as `request()`; SessionError when it was neither: not connected, closing, too many wait, or `NOT_ENCODABLE`. One that was
   *   queued and never sent is an `error` event.
   */
  notify<Method extends MethodName<Api>>(
    method: Method,
    ...[params]: NotifyArguments<MethodParams<Api, Method>>
  ): "sent" | "queued" {
    const core = this.#core;
    checkMethod(method, core.kernel.options.protocol);
    const refusal = refusalOf(core);
    if (refusal !== undefined) throw refusal;
    return sendNotification(core.kernel, core.operations, method, params);
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
    if (this.#closeToken !== undefined) {
      core.joinClose();
      return this.#closeToken;
    }
    const token = core.kernel.createToken<CloseReceipt>("close");
    const run = core.scope.current();
    const command = {
      token,
      deadlineMs: duration("deadlineMs", options.deadlineMs, core.kernel.options.closeTimeoutMs, {
        finite: true,
      }),
      code: checkCloseCode(options.code ?? 1000),
      reason: checkCloseReason(options.reason ?? ""),
      runs: run === undefined ? [] : [run],
      loops: [...core.deliveries.subscriptions].map(
        ({ feed }) => [feed, feed.watchLoops()] as const,
      ),
    };
    this.#closeToken = token;
    core.beginClose(command);
    return token;
  }

  /** Closes the session at the end of an `await using` block. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Resolves when the session is in a state; at once where it is.
   *
   * @throws RangeError for a text that is no state.
   * @throws SessionError `STATE_UNREACHABLE` when it ends in another final state first.
   */
  waitFor(state: SessionState, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    checkSignal(options.signal);
    choice("state", Object.keys(SESSION_TRANSITIONS), state);
    const source = {
      state: this.state,
      onState: (listener: (change: StateChange) => void) => this.on("state", listener),
      failure: () => this.#core.failure,
    };
    return waitForState(source, state, options.signal);
  }

  /**
   * Adds a listener. Listeners run in the session's queue: they must be quick, and what they throw is
   * reported and goes no further.
   *
   * @returns Removes the listener.
   */
  on<Type extends keyof SessionEvents>(
    type: Type,
    listener: (value: SessionEvents[Type]) => void,
  ): () => void {
    checkFunction(listener);
    const core = this.#core;
    const isolated = isolate(listener, (cause, value) => {
      // A listener of errors that throws would hear of it for ever, and one of events of the report of that.
      if ("code" in value && (type === "error" || value.code === "OBSERVER_FAILED")) return;
      core.kernel.report(
        new SessionError("OBSERVER_FAILED", `a listener of ${type} threw`, { cause }),
      );
    });
    core.kernel.emitter.on(type, isolated);
    return () => {
      core.kernel.emitter.off(type, isolated);
    };
  }

  /**
   * Adds a handler for what the server sends to this session or this user outside topics. Handled one
   * after another, each awaited; what comes while there is no handler is dropped.
   *
   * @returns Removes the handler.
   */
  onNotification<Method extends NotificationName<Api>>(
    handler: SubscriptionHandler<
      { [Name in Method]: ServerNotification<Name, NotificationParams<Api, Name>> }[Method]
    >,
  ): () => void {
    checkFunction(handler);
    return this.#core.deliveries.notifications.on(handler as SubscriptionHandler<never>);
  }

  /**
   * Adds an interceptor behind the others; see {@link MessageInterceptor}.
   *
   * @returns Removes it.
   */
  intercept(interceptor: MessageInterceptor): () => void {
    checkFunction(interceptor);
    return this.#core.interceptors.add(interceptor);
  }

  /** Returns what the session has counted, and how full its queues are now. */
  stats(): SessionStats {
    return readStats(this.#core);
  }
}
