import { AsyncLocalStorage } from "node:async_hooks";
import type { LaneRun } from "../session/delivery/delivery-lane.ts";
import type { HandlerScope } from "../session/delivery/handler-scope.ts";
import { SynchronousHandlerScope } from "../session/delivery/handler-scope.ts";

const AsyncFunction = (async () => {}).constructor;

// One for all sessions: each store names the run, and a run belongs to one lane.
const runs = new AsyncLocalStorage<LaneRun>();

/**
 * Follows a handler across its awaits, so that a handler which awaits its own session anywhere in its body
 * is recognised.
 *
 * Asynchronous context costs every promise of the process a little on Node 20, so it is used for `async`
 * functions alone; of other handlers the synchronous part is known.
 */
export class AsyncHandlerScope implements HandlerScope {
  readonly #synchronous = new SynchronousHandlerScope();

  run<Value, Result>(run: LaneRun, handler: (value: Value) => Result, value: Value): Result {
    if (handler instanceof AsyncFunction) return runs.run(run, handler, value);
    return this.#synchronous.run(run, handler, value);
  }

  current(): LaneRun | undefined {
    const current = this.#synchronous.current() ?? runs.getStore();
    return current?.done === true ? undefined : current;
  }
}
