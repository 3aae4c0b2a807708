import type { WireErrorCode } from "../protocol/json-rpc/error-codes.ts";
import { encodeError, encodeRefusal, encodeResult } from "./answers.ts";
import { InvalidParams } from "./invalid-params.ts";
import type { LiveSession } from "./live-session.ts";
import type { MethodCall } from "./method-call.ts";
import { Refusal } from "./refusal.ts";
import { isThenable } from "./thenable.ts";

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
    this.#answerError(call, "METHOD_TIMEOUT", "the method did not end in time");
    this.#session.finish(call.id);
    this.#runNext();
  }

  /** Drops what waits and tells what runs that the session is gone. */
  clear(): void {
    this.#waiting.length = 0;
    this.#running?.abort();
  }

  /** @param isBegun - Whether the session counts the call as in flight already. */
  #start(call: MethodCall, nowMs: number, isBegun: boolean): void {
    this.#running = call;
    call.state = "running";
    call.startedMs = nowMs;
    this.#session.core.counters.methodsStarted += 1;
    let result: unknown;
    try {
      result = call.handler(call.params, call);
    } catch (error) {
      this.#end(call, isBegun, false, error);
      return;
    }
    if (!isThenable(result)) {
      this.#end(call, isBegun, true, result);
      return;
    }
    if (!isBegun) this.#session.begin(call.id);
    // Promise.resolve keeps a foreign thenable from answering twice.
    Promise.resolve(result).then(
      (value) => this.#settled(call, true, value),
      (error: unknown) => this.#settled(call, false, error),
    );
  }

  #settled(call: MethodCall, isResult: boolean, value: unknown): void {
    if (this.#abandoned.delete(call)) {
      call.state = "done";
      this.#session.core.counters.methodsLate += 1;
      return;
    }
    this.#end(call, true, isResult, value);
    this.#runNext();
  }

  #end(call: MethodCall, isBegun: boolean, isResult: boolean, value: unknown): void {
    call.state = "done";
    this.#running = null;
    if (isResult) this.#answerResult(call, value);
    else this.#answerFailure(call, value);
    if (isBegun) this.#session.finish(call.id);
  }

  #runNext(): void {
    while (this.#running === null) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#start(next, this.#session.core.clock.now(), true);
    }
  }

  #answerResult(call: MethodCall, value: unknown): void {
    if (call.id === undefined) return;
    let text: string;
    try {
      text = encodeResult(call.id, value);
    } catch (error) {
      this.#answerFailure(call, error);
      return;
    }
    this.#session.answer(call.batch, text);
  }

  #answerFailure(call: MethodCall, error: unknown): void {
    if (error instanceof Refusal) {
      if (call.id === undefined) return;
      this.#session.core.countError("REFUSED");
      this.#session.answer(call.batch, encodeRefusal(call.id, error));
      return;
    }
    if (error instanceof InvalidParams) {
      this.#answerError(call, "INVALID_PARAMS", error.message);
      return;
    }
    this.#session.core.report("METHOD_THREW", `method ${call.method} threw`, call.session, error);
    // What it threw may tell secrets, so the client learns only that it failed.
    this.#answerError(call, "METHOD_FAILED", "the method failed");
  }

  #answerError(call: MethodCall, code: WireErrorCode, message: string): void {
    if (call.id === undefined) return;
    this.#session.core.countError(code);
    this.#session.answer(call.batch, encodeError(call.id, code, message));
  }
}
