import { decode, type ReplayedReferences } from "./argument-codec.ts";
import { traceFunction } from "./live-references.ts";
import { fromBase64 } from "./plain-values.ts";
import { RecordingError } from "./recording-error.ts";
import type { Json, RecordedLine } from "./recording-format.ts";
import type { ReplayingTrace } from "./replaying-trace.ts";
import type { CallbackTraits } from "./trace.ts";
import { LOOP_CALLS, type Made, SESSION_CALLS, SUBSCRIPTION_CALLS } from "./traced-session.ts";

type Callable = (...args: readonly unknown[]) => unknown;

/** What the application had made, and may call. */
interface Target {
  readonly calls: Readonly<Record<string, Made>>;
  readonly object: object;
}

const REMOVER_CALLS: Readonly<Record<string, Made>> = { remove: undefined };
const TRAITS: CallbackTraits = { keepsResult: true, isSecret: false };

/** Plays the application, the network and the timers to a session. */
export class WorldPerformer {
  readonly #targets = new Map<number, Target>();
  readonly #functions = new Map<number, Callable>();
  readonly #signals = new Map<number, AbortController>();
  #trace: ReplayingTrace | undefined;

  readonly #handlers: ReplayedReferences = {
    function: (id) => this.#function(id, () => () => undefined),
    signal: (id, isAborted) => this.#controller(id, isAborted).signal,
  };
  readonly #callbacks: ReplayedReferences = {
    function: (id) => this.#function(id, () => traceFunction(this.#running, id, () => {}, TRAITS)),
    signal: (id, isAborted) => this.#controller(id, isAborted).signal,
  };

  /** Says what it plays from. */
  use(trace: ReplayingTrace): void {
    this.#trace = trace;
  }

  /** Says whom it plays to. */
  session(session: object): void {
    this.#targets.set(0, { calls: SESSION_CALLS, object: session });
  }

  /** Brings a recorded value back. */
  decode(json: Json | undefined): unknown {
    return this.#decode(json, this.#callbacks);
  }

  /**
   * Lets one record in.
   *
   * @throws RecordingError `RECORDING_INCONSISTENT` when it names what there is not.
   */
  perform(record: RecordedLine): void {
    switch (record.in) {
      case "opened":
        this.#connection(record).opened(String(record["subprotocol"]));
        return;
      case "received":
        this.#connection(record).received(this.#content(record));
        return;
      case "closed": {
        const listener = this.#connection(record);
        this.#running.connections.delete(record.epoch as number);
        const cause = record["cause"];
        const error = typeof cause === "string" ? new Error(cause) : undefined;
        listener.closed(Number(record["code"]), String(record["reason"]), error);
        return;
      }
      case "fired":
        this.#existing(this.#running.timers.get(record["timer"] as number), "timer").callback();
        return;
      case "settled":
        this.#settle(record);
        return;
      case "aborted":
        this.#controller(record["signal"] as number, false).abort();
        return;
      case "call":
        this.#call(record);
        return;
      default:
        throw this.#inconsistent(`there is no input ${record.in}`);
    }
  }

  get #running(): ReplayingTrace {
    if (this.#trace === undefined) throw new Error("bug: a replay without a trace");
    return this.#trace;
  }

  #settle(record: RecordedLine): void {
    const run = record["run"] as number;
    const promise = this.#existing(this.#running.promises.get(run), "promise");
    this.#running.promises.delete(run);
    const threw = record["threw"];
    if (typeof threw === "string") promise.rejected?.(new Error(threw));
    else promise.fulfilled?.(this.decode(record["value"]));
  }

  #call(record: RecordedLine): void {
    const { object, method, args, makes } = record as Readonly<Record<string, unknown>>;
    const target = this.#existing(this.#targets.get(object as number), "object");
    if (
      typeof method !== "string" ||
      !Array.isArray(args) ||
      !Object.hasOwn(target.calls, method)
    ) {
      throw this.#inconsistent("there is no such call");
    }
    const isHandler = method === "on" || method === "onNotification";
    const references = isHandler ? this.#handlers : this.#callbacks;
    const given = (args as readonly Json[]).map((each) => this.#decode(each, references));
    // A listener does nothing but what it called, which comes by itself, and fail.
    if (object === 0 && method === "on") given[1] = () => this.#running.listener();
    let result: unknown;
    try {
      result = callableOf(target.object, method).apply(target.object, given);
    } catch (error) {
      this.#running.out({ out: "threw", name: error instanceof Error ? error.name : "" });
      return;
    }
    const made = target.calls[method];
    if (made !== undefined && typeof makes === "number") {
      this.#targets.set(makes, { calls: callsOf(made), object: result as object });
    }
    // A loop's promise, or a token: the application's to look at, and it is not here.
  }

  #decode(json: Json | undefined, references: ReplayedReferences): unknown {
    try {
      return decode(json, references);
    } catch (cause) {
      throw this.#inconsistent("a value is none that was recorded", cause);
    }
  }

  #content(record: RecordedLine): string | Uint8Array {
    const { text, base64 } = record as Readonly<Record<string, unknown>>;
    if (typeof text === "string") return text;
    try {
      return fromBase64(String(base64));
    } catch (cause) {
      throw this.#inconsistent("a frame is neither text nor base64", cause);
    }
  }

  #connection(record: RecordedLine) {
    return this.#existing(this.#running.connections.get(record.epoch ?? 0), "connection");
  }

  #function(id: number, make: () => (...args: never) => unknown): Callable {
    let known = this.#functions.get(id);
    if (known === undefined) {
      known = make() as Callable;
      this.#functions.set(id, known);
    }
    return known;
  }

  #controller(id: number, isAborted: boolean): AbortController {
    let controller = this.#signals.get(id);
    if (controller === undefined) {
      controller = new AbortController();
      this.#signals.set(id, controller);
    }
    if (isAborted) controller.abort();
    return controller;
  }

  #existing<T>(value: T | undefined, what: string): T {
    if (value === undefined) throw this.#inconsistent(`there is no such ${what}`);
    return value;
  }

  #inconsistent(text: string, cause?: unknown): RecordingError {
    // The record was counted when it was let in, and the header is line 1.
    const line = this.#running.position + 1;
    return new RecordingError("RECORDING_INCONSISTENT", text, { line, cause });
  }
}

function callsOf(made: Exclude<Made, undefined>): Readonly<Record<string, Made>> {
  if (made === "remover") return REMOVER_CALLS;
  return made === "loop" ? LOOP_CALLS : SUBSCRIPTION_CALLS;
}

function callableOf(object: object, method: string): Callable {
  if (typeof object === "function") return object as Callable;
  const key = method === "loop" ? Symbol.asyncIterator : method;
  return (object as Record<PropertyKey, Callable>)[key] as Callable;
}
