import { EventEmitter } from "eventemitter3";
import type { Clock, Random } from "./clock.ts";
import { PendingToken, type RequestType } from "./completion-token.ts";
import { type Counters, createCounters } from "./counters.ts";
import { Deadlines } from "./deadlines.ts";
import { SessionError } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { Kernel } from "./kernel.ts";
import {
  describeEvent,
  type RequestEventType,
  type SessionEventType,
  type SessionQueueEvents,
} from "./session-events.ts";
import { createHandlers, type SessionFlow } from "./session-handlers.ts";
import { SessionMachine } from "./session-machine.ts";
import type { ResolvedOptions } from "./session-options.ts";

/** Bound on a session's own queue: more messages than one frame can sensibly hold. */
const MAX_QUEUE_DEPTH = 1_000_000;

/** What a kernel asks of the session around it. */
export interface KernelHooks extends Omit<SessionFlow, "trace" | "errorOccurred"> {
  /** The session cannot go on. */
  failed(cause: SessionError): void;
  /** Something ended that a close may be waiting for. */
  advanceClose(): void;
}

/** Holds what every part of a session needs: queue, state, time, tokens, counters and listeners. */
export class SessionKernel implements Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: ResolvedOptions;
  readonly machine: SessionMachine;
  readonly queue: EventQueue<SessionQueueEvents>;
  readonly deadlines: Deadlines;
  readonly counters: Counters = createCounters();
  /** Brings `state`, `error` and `event` to listeners. They are wrapped where they are added: none can throw here. */
  readonly emitter = new EventEmitter<string>();
  readonly #hooks: KernelHooks;
  #nextTokenId = 1;

  constructor(options: ResolvedOptions, clock: Clock, random: Random, hooks: KernelHooks) {
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.#hooks = hooks;
    this.machine = new SessionMachine((change) => this.#emit("state", change));
    this.deadlines = new Deadlines(clock);
    this.queue = new EventQueue<SessionQueueEvents>({
      handlers: createHandlers(this.#flow(hooks)),
      onError: ({ error }) => this.#bug(error),
      maxDepth: MAX_QUEUE_DEPTH,
      now: () => clock.now(),
    });
  }

  createToken<T>(type: RequestType): PendingToken<T> {
    return new PendingToken<T>(this.#nextTokenId++, type, this.clock);
  }

  settleFailed<T>(token: PendingToken<T>, error: SessionError): void {
    if (token.fail(error)) this.report(error);
    this.advanceClose();
  }

  report(error: SessionError): void {
    this.queue.post("error_occurred", error);
  }

  fail(cause: SessionError): void {
    this.run("close_request", () => this.#hooks.failed(cause));
  }

  run(
    type: RequestEventType,
    start: () => void,
    subject: readonly string[] = [],
    tokenId = 0,
  ): void {
    this.queue.post(type, { tokenId, subject, start });
  }

  advanceClose(): void {
    this.#hooks.advanceClose();
  }

  #flow(hooks: KernelHooks): SessionFlow {
    return {
      isCurrent: (epoch) => hooks.isCurrent(epoch),
      opened: () => hooks.opened(),
      arrived: (event) => hooks.arrived(event),
      connectionLost: (event) => hooks.connectionLost(event),
      errorOccurred: (error) => {
        this.#trace("error_occurred", error);
        this.#emit("error", error);
      },
      trace: (type, payload) => this.#trace(type, payload),
    };
  }

  #trace<Type extends SessionEventType>(type: Type, payload: SessionQueueEvents[Type]): void {
    if (this.emitter.listenerCount("event") === 0) return;
    this.#emit("event", describeEvent(type, payload, this.clock.now(), this.machine.epoch));
  }

  #emit(name: string, value: unknown): void {
    this.emitter.emit(name, value);
  }

  #bug(error: unknown): void {
    this.#emit("error", new SessionError("INTERNAL", "a state handler threw", { cause: error }));
  }
}
