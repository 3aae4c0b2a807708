import type { TimerHandle } from "../session/clock.ts";
import type { Connection } from "../session/connection/transport.ts";
import type { LaneRun } from "../session/delivery/delivery-lane.ts";
import type { HandlerScope } from "../session/delivery/handler-scope.ts";
import type { Limits } from "../session/guard.ts";
import type { SessionEnvironment } from "../session/session-environment.ts";
import type { SessionState } from "../session/states/states.ts";
import { PendingToken, type Proof, type RequestType } from "../session/tokens/completion-token.ts";
import { SessionError } from "../session/tokens/errors.ts";
import type { Authentication } from "./authentication.ts";
import type { Channel } from "./channel.ts";
import type { Closing } from "./close.ts";
import type { Operation } from "./operations.ts";
import type { Reader } from "./reader.ts";
import type { Settings } from "./settings.ts";
import type { Leave } from "./unsubscribe.ts";

/** What the core client needs of the world around it. */
export type CoreEnvironment = Omit<SessionEnvironment, "createFlowControl">;

/** Everything that one session knows. The modules of this folder are functions over it. */
export interface Core extends CoreEnvironment {
  /** Knows from inside which handler a call comes. */
  readonly scope: HandlerScope;
  /** The options, with every default filled in. */
  readonly settings: Settings;
  /** Names the session to the server, on every connection: 32 hexadecimal digits. */
  readonly secret: string;

  // The queue, the state and who listens.
  /** Events that wait for the one that is being handled; see {@link post}. */
  readonly queue: (() => void)[];
  /** Whether an event is being handled. */
  isBusy?: boolean;
  /** Where the session is. Written by {@link step} alone. */
  state: SessionState;
  /** Number of the connection under the session. */
  epoch: number;
  /** How many tokens were made: the number of the newest. */
  tokens: number;
  /** The error that brought the session to `error`. */
  failure?: SessionError | undefined;
  /** The application's listeners, in the order in which they were added. A new array replaces it: it may be looped over. */
  listeners: readonly (readonly [type: string, listener: (value: never) => void])[];

  // The connection.
  /** The connection, open or not; undefined while there is none. */
  connection?: Connection | undefined;
  /** Since when the connection is open; undefined while it is not. */
  openedAtMs?: number | undefined;
  /** Whether any connection was: from then on a lost one is tried again. */
  hasBeenOpen?: boolean;
  /** Reconnects planned since a connection was last up for `minUptimeMs`. */
  attempts: number;
  /** When the next attempt is due, on the session's clock; null where none is planned. */
  reconnectAt: number | null;
  /** Of the attempt to connect, or of the wait for the next one. */
  linkTimer?: TimerHandle | undefined;
  /** Of the next look at whether the peer is alive. */
  heartbeatTimer?: TimerHandle | undefined;
  /** Messages received, over all connections. */
  heard: number;
  /** The `connect()` under way. */
  connecting?: PendingToken<void> | undefined;
  /** Presents credentials; undefined where there are none. */
  authentication?: Authentication | undefined;

  // What is written.
  /** Whether operations are written at once. */
  isReady?: boolean;
  /** Operations that wait to be written, in order. */
  readonly held: Operation[];
  /** Operations that were written on this connection and are unanswered, by their id on the wire. */
  readonly inFlight: Map<number, Operation>;
  /** The last id on the wire, over all connections. */
  wireIds: number;
  /** Notifications written on this connection, or on the last one. */
  notified: number;

  // What is subscribed, and who reads it.
  /**
   * Every channel that is not over, oldest first: one that is being unsubscribed may be followed by a new one at once, and
   * is forgotten when the peer grants that.
   */
  readonly channels: Set<Channel>;
  /** By topic, the channel that the peer granted last on this connection: what arrives is for it. */
  readonly granted: Map<string, Channel>;
  /** The subscriptions that something may still be delivered to. */
  readonly readers: Set<Reader>;
  /** The unsubscribes under way. */
  readonly leaves: Set<Leave>;
  /** Handlers that run on though what they were given was thrown away: a close waits for them. */
  readonly strays: Set<LaneRun>;

  // The end.
  /** Whether `close()` was called: nothing new is accepted. */
  isClosing?: boolean;
  /** The close, once its turn has come. It stays when it is over. */
  closing?: Closing | undefined;
}

/** Tells whether nothing can follow a state. */
export function isFinal({ state }: Core): boolean {
  return state === "closed" || state === "error";
}

/** Calls the listeners of a kind. They are wrapped where they are added: none can throw here. */
function emit(core: Core, type: string, value: unknown): void {
  for (const [kind, listener] of core.listeners) if (kind === type) listener(value as never);
}

/**
 * Adds an event to the session's one queue: strictly first in, first out, handled when this returns unless another
 * one is being handled.
 */
export function post(core: Core, handle: () => void): void {
  core.queue.push(handle);
  if (core.isBusy) return;
  core.isBusy = true;
  for (let next = core.queue.shift(); next !== undefined; next = core.queue.shift()) {
    try {
      next();
    } catch (cause) {
      emit(core, "error", new SessionError("INTERNAL", "a state handler threw", { cause }));
    }
  }
  core.isBusy = false;
}

/** Tells the application about an error that no token can tell. */
export function report(core: Core, error: SessionError): void {
  post(core, () => emit(core, "error", error));
}

/** Steps to a state. That the table of transitions allows every step is for the tests to see. */
export function step(core: Core, to: SessionState): void {
  const from = core.state;
  if (from === to) return;
  core.state = to;
  emit(core, "state", { from, to, epoch: core.epoch });
}

/** Makes the token of a new request. */
export function createToken<T>(core: Core, type: RequestType): PendingToken<T> {
  core.tokens += 1;
  return new PendingToken<T>(core.tokens, type, core.clock);
}

/**
 * Settles a token: acked with the value, unless there is an error; the application is told of that. Lets a close go on in
 * any case.
 */
export function settle<T>(
  core: Core,
  token: PendingToken<T>,
  error: SessionError | undefined,
  value?: T,
  proof: Proof = "local",
): void {
  if (error === undefined) token.ack(value as T, proof);
  else if (token.fail(error)) report(core, error);
  advanceClose(core);
}

/** Something ended that a close may be waiting for: it goes on when what is happening now is over. */
export function advanceClose(core: Core): void {
  if (core.closing !== undefined) post(core, core.closing.advance);
}

/**
 * Watches a deadline and a signal until it is released. What happens joins the queue.
 *
 * @param ended - Called once, unless it was released.
 */
export function guard(
  core: Core,
  { deadlineMs, signal }: Limits,
  ended: (by: "deadline" | "abort") => void,
): { release(): void } {
  let isReleased = false;
  const end = (by: "deadline" | "abort"): void =>
    post(core, () => {
      if (!isReleased) ended(by);
    });
  const aborted = (): void => end("abort");
  const timer =
    deadlineMs === Infinity ? undefined : core.clock.setTimer(() => end("deadline"), deadlineMs);
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted);
  return {
    release() {
      isReleased = true;
      core.clock.clearTimer(timer);
      signal?.removeEventListener("abort", aborted);
    },
  };
}
