import { EventEmitter } from "eventemitter3";
import type { Clock, Random } from "./clock.ts";
import { Greeting } from "./connection/greeting.ts";
import { type Counters, createCounters } from "./counters.ts";
import { Backlog } from "./delivery/backlog.ts";
import type { Kernel } from "./kernel.ts";
import { SessionQueue } from "./queue/session-queue.ts";
import {
  describeEvent,
  type RequestEventType,
  type SessionEventType,
  type SessionQueueEvents,
} from "./session-events.ts";
import type { ResolvedOptions } from "./session-options.ts";
import { SessionMachine } from "./states/session-machine.ts";
import { PendingToken, type RequestType } from "./tokens/completion-token.ts";
import { Deadlines } from "./tokens/deadlines.ts";
import { SessionError } from "./tokens/errors.ts";

/** What a kernel asks of the session around it. */
export interface KernelHooks {
  /** Whether this is the connection under the session: nothing that an older one brings is heard. */
  isCurrent(epoch: number): boolean;
  /** The connection is open. */
  opened(): void;
  /** A message arrived. */
  arrived(event: SessionQueueEvents["recv_data"]): void;
  /** The connection is gone. */
  connectionLost(event: SessionQueueEvents["connection_lost"]): void;
  /** The session cannot go on. */
  handlerFailed(cause: SessionError): void;
  /** Something ended that a close may be waiting for. */
  advanceClose(): void;
  /** An event was handled. */
  handled(): void;
}

/** Holds what every part of a session needs: queue, state, time, tokens, counters and listeners. */
export class SessionKernel implements Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: ResolvedOptions;
  readonly machine: SessionMachine;
  readonly queue: SessionQueue;
  readonly deadlines: Deadlines;
  readonly counters: Counters = createCounters();
  readonly backlog: Backlog = new Backlog();
  greeting: Greeting = new Greeting();
  /** Brings `state`, `error` and `event` to listeners. They are wrapped where they are added: none can throw here. */
  readonly emitter: EventEmitter<string> = new EventEmitter();
  readonly #hooks: KernelHooks;
  #nextTokenId = 1;

  constructor(options: ResolvedOptions, clock: Clock, random: Random, hooks: KernelHooks) {
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.#hooks = hooks;
    this.machine = new SessionMachine((change) => this.#emit("state", change));
    this.deadlines = new Deadlines(clock);
    this.queue = new SessionQueue((type, payload) => this.#handle(type, payload));
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
    this.run("close_request", () => this.#hooks.handlerFailed(cause));
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

  /** Requests start, completions complete, and the rest is the session's. */
  #handle<Type extends SessionEventType>(type: Type, payload: SessionQueueEvents[Type]): void {
    try {
      if ("epoch" in payload && !this.#hooks.isCurrent(payload.epoch)) return;
      if (this.emitter.listenerCount("event") > 0)
        this.#emit("event", describeEvent(type, payload, this.clock.now(), this.machine.epoch));
      if ("data" in payload) this.#hooks.arrived(payload);
      else if ("start" in payload) payload.start();
      else if ("target" in payload) payload.target.complete(payload.ending);
      else if (payload instanceof Error) this.#emit("error", payload);
      else if ("reason" in payload) this.#hooks.connectionLost(payload);
      else this.#hooks.opened();
    } catch (cause) {
      this.#emit("error", new SessionError("INTERNAL", "a state handler threw", { cause }));
    }
    this.#hooks.handled();
  }

  #emit(name: string, value: unknown): void {
    this.emitter.emit(name, value);
  }
}
