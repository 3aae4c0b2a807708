import type { LaneRun } from "./delivery-lane.ts";

/**
 * Knows from inside which running handler a call of the session's API comes.
 *
 * A handler that awaits its own topic's unsubscribe, or its session's close, would wait for itself.
 * Knowing that the call came from inside, the session lets the handler give up its place instead.
 */
export interface HandlerScope {
  /** Calls a handler with a value, as the given run. Throws what the handler throws. */
  run<Value, Result>(run: LaneRun, handler: (value: Value) => Result, value: Value): Result;
  /** Returns the run from inside which the current call comes, if it is one. */
  current(): LaneRun | undefined;
}

/**
 * Knows the synchronous part of a handler: everything before its first `await`.
 *
 * It is all that can be known in a browser. On Node the session uses one that also follows a handler
 * across its awaits.
 */
export class SynchronousHandlerScope implements HandlerScope {
  #current: LaneRun | undefined;

  run<Value, Result>(run: LaneRun, handler: (value: Value) => Result, value: Value): Result {
    const outer = this.#current;
    this.#current = run;
    try {
      return handler(value);
    } finally {
      this.#current = outer;
    }
  }

  current(): LaneRun | undefined {
    return this.#current;
  }
}
