import type { LiveReferences } from "./argument-codec.ts";
import type { Json } from "./recording-format.ts";
import type { CallbackTraits, Trace } from "./trace.ts";

type AnyFunction = (...args: never) => unknown;

interface Traced<T> {
  readonly id: number;
  readonly traced: T;
}

/** Numbers the application's functions and signals, and puts traced ones in their place: one for each, always. */
export class References {
  readonly #trace: Trace;
  // Keyed by what the application holds, so that a signal used for a million requests has one listener.
  readonly #functions = new WeakMap<AnyFunction, Traced<AnyFunction>>();
  readonly #signals = new WeakMap<AbortSignal, Traced<AbortSignal>>();
  #count = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** For functions whose result matters to the session. */
  readonly callbacks: LiveReferences = this.#of({ keepsResult: true, isSecret: false });
  /** For functions whose result is a credential. */
  readonly credentials: LiveReferences = this.#of({ keepsResult: true, isSecret: true });
  /** For handlers: the session's handler scope sees them run. */
  readonly handlers: LiveReferences = {
    function: (given) => ({ ...this.#function(given, undefined), traced: given }),
    signal: (given) => this.#signal(given),
  };

  #of(traits: CallbackTraits): LiveReferences {
    return {
      function: (given) => this.#function(given, traits),
      signal: (given) => this.#signal(given),
    };
  }

  #function(given: AnyFunction, traits: CallbackTraits | undefined): Traced<AnyFunction> {
    const known = this.#functions.get(given);
    if (known !== undefined) return known;
    this.#count += 1;
    const id = this.#count;
    const traced = traits === undefined ? given : traceFunction(this.#trace, id, given, traits);
    const entry = { id, traced };
    this.#functions.set(given, entry);
    return entry;
  }

  #signal(given: AbortSignal): Traced<AbortSignal> {
    const known = this.#signals.get(given);
    if (known !== undefined) return known;
    this.#count += 1;
    const id = this.#count;
    const controller = new AbortController();
    const abort = (): void => controller.abort(given.reason);
    if (given.aborted) abort();
    else {
      const aborted = (): void => this.#trace.enter({ in: "aborted", signal: id }, abort);
      given.addEventListener("abort", aborted, { once: true });
    }
    const entry = { id, traced: controller.signal };
    this.#signals.set(given, entry);
    return entry;
  }
}

/** Makes a function that the session calls in the application's place. */
export function traceFunction(
  trace: Trace,
  id: number,
  live: AnyFunction,
  traits: CallbackTraits,
): AnyFunction {
  return (...args: never[]) => {
    const record = { out: "callback", function: id, run: trace.nextRun(), args: brief(args) };
    return trace.callback(record, () => live(...(args as never)), traits);
  };
}

/** What a callback is given, as far as it is text and numbers; the rest is in the frames. */
function brief(args: readonly unknown[]): Json {
  return args.map((each) =>
    typeof each === "number" || typeof each === "string" ? each : typeof each,
  );
}
