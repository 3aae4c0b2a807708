import type { Idempotency, RequestId } from "../../protocol/json-rpc/messages.ts";
import type { DefaultApi, SessionApi } from "../../session/session-api.ts";
import type { KeyedCall } from "../idempotency/idempotency-store.ts";
import type { LiveSession } from "../live-session.ts";
import type { ServerSession } from "../server-session.ts";
import type { BatchAnswer } from "./batch-answer.ts";

/** Tells a method about its call. */
export interface MethodContext<Api extends SessionApi = DefaultApi> {
  /** Who calls. */
  readonly session: ServerSession<Api>;
  /** The method's name. */
  readonly method: string;
  /**
   * Aborted when the method outruns its time, or the session is gone; of a call with an idempotency key, whose client
   * will ask again, only when it outruns its time.
   */
  readonly signal: AbortSignal;
  /**
   * The idempotency key of the call, or null. The server runs each key once, within `dedupWindowMs` and as long as
   * the process lives; a method that writes to a database can go further with it.
   */
  readonly idempotencyKey: string | null;
}

/** Is a method as the core calls it. */
export type MethodHandler = (params: unknown, context: MethodContext) => unknown;

/** Where a call is. */
export type MethodCallState = "waiting" | "running" | "abandoned" | "done";

/** A call that has an idempotency key. */
export type KeyedMethodCall = MethodCall & KeyedCall;

/** Is one call of a method, and what the method is told about it. */
export class MethodCall implements MethodContext {
  readonly session: LiveSession;
  readonly method: string;
  readonly handler: MethodHandler;
  readonly params: unknown;
  /** Undefined for a notification. */
  readonly id: RequestId | undefined;
  /** The batch that collects the answer, or null. */
  readonly batch: BatchAnswer | null;
  /** Names the call and its attempt; null where it may run as often as it comes. */
  readonly idempotency: Idempotency | null;
  state: MethodCallState = "waiting";
  /** When it started, in milliseconds of the server's clock. */
  startedMs = 0;
  #controller: AbortController | null = null;
  #isAborted = false;

  constructor(
    session: LiveSession,
    method: string,
    handler: MethodHandler,
    params: unknown,
    id: RequestId | undefined,
    batch: BatchAnswer | null,
    idempotency: Idempotency | null,
  ) {
    this.session = session;
    this.method = method;
    this.handler = handler;
    this.params = params;
    this.id = id;
    this.batch = batch;
    this.idempotency = idempotency;
  }

  get idempotencyKey(): string | null {
    return this.idempotency?.key ?? null;
  }

  /** Whose keys these are: the principal's, else the session's, else this connection's alone. */
  get caller(): string {
    const { userId, key, id } = this.session;
    if (userId !== null) return `user ${userId}`;
    return key === null ? `connection ${id}` : `session ${key}`;
  }

  get isCallerLasting(): boolean {
    return this.session.userId !== null || this.session.key !== null;
  }

  get connectedMs(): number {
    return this.session.openedMs;
  }

  /** Tells calls with a key from those without. */
  isKeyed(): this is KeyedMethodCall {
    return this.idempotency !== null;
  }

  /** Made when a method asks for it, since most never do. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Tells the method that nobody waits for it any more. */
  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
