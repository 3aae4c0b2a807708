import type { KeyedRun } from "../idempotency/idempotency-store.ts";
import type { LiveSession } from "../live-session.ts";
import { isThenable } from "../thenable.ts";
import {
  encodeAnswer,
  errorAnswer,
  type MethodAnswer,
  refusalAnswer,
  resultAnswer,
} from "./answers.ts";
import { InvalidParams } from "./invalid-params.ts";
import type { MethodCall } from "./method-call.ts";
import { Refusal } from "./refusal.ts";

const NO_ANSWER: MethodAnswer = { body: "", error: null };

/**
 * Runs one session's method calls one after another, in the order they came.
 *
 * A call that outruns its time is answered `METHOD_TIMEOUT` and abandoned: it may go on, but the next
 * one starts. Abandoned calls that still run count against the limit, so that a method that hangs
 * for ever cannot pile up.
 */
export class MethodQueue {
  readonly #session: LiveSession;
  readonly #waiting: MethodCall[] = [];
  readonly #abandoned = new Set<MethodCall>();
  #running: MethodCall | null = null;

  constructor(session: LiveSession) {
    this.#session = session;
  }

  /** Calls that wait, run, or were abandoned and still run. */
  get size(): number {
    return this.#waiting.length + (this.#running === null ? 0 : 1) + this.#abandoned.size;
  }

  /** Calls that outran their time and still run. */
  get abandoned(): number {
    return this.#abandoned.size;
  }

  /** Takes a call. @returns Whether there was room. */
  submit(call: MethodCall): boolean {
    if (this.size >= this.#session.core.limits.maxPendingMethods) return false;
    if (this.#running === null && this.#waiting.length === 0) {
      this.#start(call, this.#session.heardMs, false);
    } else {
      this.#session.begin(call.id);
      this.#waiting.push(call);
    }
    return true;
  }

  /** Abandons the call that runs, where its time is up. */
  checkDeadline(nowMs: number): void {
    const call = this.#running;
    if (call === null) return;
    if (nowMs - call.startedMs < this.#session.core.limits.methodTimeoutMs) return;
    this.#running = null;
    call.state = "abandoned";
    this.#abandoned.add(call);
    call.abort();
    this.#answer(call, errorAnswer("METHOD_TIMEOUT", "the method did not end in time"));
    this.#session.finish(call.id);
    this.#runNext();
  }

  /** Drops what waits and tells what runs that the session is gone, except a run whose client will ask again. */
  clear(): void {
    this.#waiting.length = 0;
    if (this.#running?.isKeyed() === false) this.#running.abort();
  }

  /** @param isBegun - Whether the session counts the call as in flight already. */
  #start(call: MethodCall, nowMs: number, isBegun: boolean): void {
    this.#running = call;
    call.state = "running";
    call.startedMs = nowMs;
    if (!call.isKeyed()) {
      this.#run(call, null, isBegun);
      return;
    }
    const { core } = this.#session;
    const claim = core.idempotency.claim(call, nowMs);
    if (claim.type === "run") {
      this.#run(call, claim.run, isBegun);
      return;
    }
    if (claim.type === "refused") {
      this.#end(call, isBegun, errorAnswer(claim.code, claim.message));
      return;
    }
    core.counters.requestsRepeated += 1;
    const { run } = claim;
    if (run.answer !== null) {
      this.#end(call, isBegun, run.answer);
      return;
    }
    if (!isBegun) this.#session.begin(call.id);
    run.waiting.push((answer) => this.#settled(call, null, answer));
  }

  /** @param run - What is known of it under its key, or null. */
  #run(call: MethodCall, run: KeyedRun | null, isBegun: boolean): void {
    this.#session.core.counters.methodsStarted += 1;
    let result: unknown;
    try {
      result = call.handler(call.params, call);
    } catch (error) {
      this.#end(call, isBegun, this.#keep(run, this.#failure(call, error)));
      return;
    }
    if (!isThenable(result)) {
      this.#end(call, isBegun, this.#keep(run, this.#success(call, result)));
      return;
    }
    if (!isBegun) this.#session.begin(call.id);
    // Promise.resolve keeps a foreign thenable from answering twice.
    Promise.resolve(result).then(
      (value) => this.#settled(call, run, () => this.#success(call, value)),
      (error: unknown) => this.#settled(call, run, () => this.#failure(call, error)),
    );
  }

  /** @param answer - Made only where somebody may want it. */
  #settled(
    call: MethodCall,
    run: KeyedRun | null,
    answer: MethodAnswer | (() => MethodAnswer),
  ): void {
    const isLate = this.#abandoned.delete(call);
    if (isLate) {
      call.state = "done";
      this.#session.core.counters.methodsLate += 1;
      if (run === null) return;
    }
    const made = this.#keep(run, typeof answer === "function" ? answer() : answer);
    if (isLate) return;
    this.#end(call, true, made);
    this.#runNext();
  }

  #keep(run: KeyedRun | null, answer: MethodAnswer): MethodAnswer {
    const { core } = this.#session;
    if (run !== null) core.idempotency.settle(run, answer, core.clock.now());
    return answer;
  }

  #end(call: MethodCall, isBegun: boolean, answer: MethodAnswer): void {
    call.state = "done";
    this.#running = null;
    this.#answer(call, answer);
    if (isBegun) this.#session.finish(call.id);
  }

  #runNext(): void {
    while (this.#running === null) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#start(next, this.#session.core.clock.now(), true);
    }
  }

  #answer(call: MethodCall, answer: MethodAnswer): void {
    if (call.id === undefined) return;
    if (answer.error !== null) this.#session.core.countError(answer.error);
    this.#session.answer(call.batch, encodeAnswer(call.id, answer));
  }

  #success(call: MethodCall, value: unknown): MethodAnswer {
    // What a notification's method returns goes nowhere, and may be anything.
    if (call.id === undefined) return NO_ANSWER;
    try {
      return resultAnswer(value);
    } catch (error) {
      return this.#failure(call, error);
    }
  }

  #failure(call: MethodCall, error: unknown): MethodAnswer {
    if (error instanceof Refusal) return refusalAnswer(error);
    if (error instanceof InvalidParams) return errorAnswer("INVALID_PARAMS", error.message);
    this.#session.core.report("METHOD_THREW", `method ${call.method} threw`, call.session, error);
    // What it threw may tell secrets, so the client learns only that it failed.
    return errorAnswer("METHOD_FAILED", "the method failed");
  }
}
