import type { CloseReceipt } from "../session/closing/close-receipt.ts";
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
import { demandClose, demandFunction, demandName, topicsOf } from "./checks.ts";
import { close } from "./close.ts";
import { advanceClose, type Core, type CoreEnvironment, createToken, guard, post, report, settleFailed } from "./core.ts";
import { giveUp, isOpen, openLink } from "./link.ts";
import { type Operation, submit } from "./operations.ts";
import { createReader, endReader, type Reader, startReader } from "./reader.ts";
import { type CoreOptions, numberOf, type ReadOptions, settingsOf } from "./settings.ts";
import { Subscription } from "./subscription.ts";
import { createLeave } from "./unsubscribe.ts";

const DEFAULT_MAX_QUEUED_EVENTS = 10_000;

export class CoreSession<Api extends SessionApi = DefaultApi> implements AsyncDisposable {
  readonly #core: Core;
  #closeToken: CompletionToken<CloseReceipt> | undefined;

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
      leaves: new Set(),
    };
    core.authentication = options.authentication?.(core) as Authentication | undefined;
    this.#core = core;
  }

  get state(): SessionState {
    return this.#core.state;
  }

  get epoch(): number {
    return this.#core.epoch;
  }

  get reconnectAt(): number | null {
    return this.#core.reconnectAt;
  }

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
          token.guard = guard(core, limits, (by) => {
            if (token.pending)
              giveUp(core, timeoutError(by, "the connection", core.connection !== undefined));
          });
          if (!limits.signal?.aborted) openLink(core);
        });
      })
    );
  }

  subscribe<Topic extends TopicName<Api>>(
    topics: Topic | readonly Topic[],
    options: ReadOptions = {},
  ): Subscription<Api, Topic> {
    const core = this.#core;
    const names = topicsOf(topics);
    limitsOf(options, 0);
    const most = numberOf("maxQueuedEvents", options.maxQueuedEvents, DEFAULT_MAX_QUEUED_EVENTS);
    const token = createToken<SubscribeReceipt>(core, "subscribe");
    const reader = createReader(core, token, names, options, most);
    const refusal = this.#refusal();
    if (refusal === undefined) {
      core.readers.add(reader);
      post(core, () => startReader(reader, options));
    } else {
      settleFailed(core, token, refusal);
      endReader(reader);
    }
    return new Subscription<Api, Topic>(reader, (settings) =>
      this.#unsubscribe([reader], names, settings),
    );
  }

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

  request<Method extends MethodName<Api>>(
    method: Method,
    ...[params, options = {}]: RequestArguments<MethodParams<Api, Method>>
  ): CompletionToken<MethodResult<Api, Method>> {
    const core = this.#core;
    demandName(method, "method");
    const limits = limitsOf(options, core.settings.requestTimeoutMs);
    return this.#ask<MethodResult<Api, Method>>("request", (token) => {
      const operation: Operation = {
        method,
        params: () => params,
        requestId: token.id,
        isMoot: () => !token.pending,
        isAwaited: () => token.pending,
        done(error, result) {
          if (error === undefined) token.ack(result as never, "frame");
          if (error === undefined) advanceClose(core);
          else settleFailed(core, token, error);
        },
      };
      post(core, () => {
        token.guard = guard(core, limits, (by) =>
          settleFailed(core, token, timeoutError(by, method, !!operation.isWritten)),
        );
        // An aborted signal ends it with the next event; it must not be written first.
        if (!limits.signal?.aborted) submit(core, operation);
      });
    });
  }

  notify<Method extends MethodName<Api>>(
    method: Method,
    ...[params]: NotifyArguments<MethodParams<Api, Method>>
  ): "sent" | "queued" {
    const core = this.#core;
    demandName(method, "method");
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  on<Type extends "state" | "error">(
    type: Type,
    listener: (value: SessionEvents[Type]) => void,
  ): () => void {
    demandFunction(listener, "listener");
    const core = this.#core;
    const entry = [
      type as string,
      isolate(listener, (cause) => {
        // A listener of errors that throws would hear of it for ever.
        if (type !== "error")
          report(core, new SessionError("OBSERVER_FAILED", `a listener of ${type} threw`, { cause }));
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
    limitsOf(options, 0);
    return this.#ask<UnsubscribeReceipt>("unsubscribe", (token) => {
      const leave = createLeave(core, token, readers, topics, options);
      core.leaves.add(leave);
      post(core, leave.start);
    });
  }

  /** Says why nothing new is accepted, or undefined while it is. */
  #refusal(): SessionError | undefined {
    const { state, failure: cause, isClosing, reconnectAt, connecting } = this.#core;
    if (state === "closed") return new SessionError("SESSION_CLOSED", "it is closed");
    if (state === "error") return new SessionError("SESSION_FAILED", "the session failed", { cause });
    // A close without a connection goes on in state `disconnected`.
    if (isClosing) return new SessionError("SESSION_CLOSING", "close() was called");
    if (state === "disconnected" && reconnectAt === null && connecting === undefined)
      return new SessionError("NOT_CONNECTED", "connect() was not called");
    return undefined;
  }

  /** Makes the token of a request, and begins with the request unless nothing new is accepted. */
  #ask<T>(
    type: RequestType,
    begin: (token: PendingToken<T>) => void,
  ): CompletionToken<T> {
    const token = createToken<T>(this.#core, type);
    const refusal = this.#refusal();
    if (refusal === undefined || (type === "connect" && refusal.code === "NOT_CONNECTED"))
      begin(token);
    else settleFailed(this.#core, token, refusal);
    return token;
  }
}

/** Checks the limits of one call. */
function limitsOf(
  { deadlineMs, signal }: AttemptOptions,
  fallbackMs: number,
): { readonly deadlineMs: number; readonly signal: AbortSignal | undefined } {
  if (signal !== undefined) demandFunction(signal?.addEventListener, "signal");
  return { deadlineMs: numberOf("deadlineMs", deadlineMs, fallbackMs), signal };
}
