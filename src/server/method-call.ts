import type { RequestId } from "../protocol/json-rpc/messages.ts";
import type { DefaultApi, SessionApi } from "../session/session-api.ts";
import type { BatchAnswer } from "./batch-answer.ts";
import type { LiveSession } from "./live-session.ts";
import type { ServerSession } from "./server-session.ts";

/** Tells a method about its call. */
export interface MethodContext<Api extends SessionApi = DefaultApi> {
  /** Who calls. */
  readonly session: ServerSession<Api>;
  /** The method's name. */
  readonly method: string;
  /** Aborted when the method outruns its time, or the session is gone. */
  readonly signal: AbortSignal;
}

/** Is a method as the core calls it. */
export type MethodHandler = (params: unknown, context: MethodContext) => unknown;

/** Where a call is. */
export type MethodCallState = "waiting" | "running" | "abandoned" | "done";

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
  ) {
    this.session = session;
    this.method = method;
    this.handler = handler;
    this.params = params;
    this.id = id;
    this.batch = batch;
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
