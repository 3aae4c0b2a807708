import { type Encoded, encode, type LiveReferences } from "./argument-codec.ts";
import type { References } from "./live-references.ts";
import type { RecordableSession } from "./record.ts";
import type { JsonObject } from "./recording-format.ts";
import type { Redactor } from "./redactor.ts";
import type { Trace } from "./trace.ts";

/** What an application calls on a session, and what a call makes that is called in turn. */
export const SESSION_CALLS: Readonly<Record<string, Made>> = {
  connect: undefined,
  authenticate: undefined,
  subscribe: "subscription",
  unsubscribe: undefined,
  request: undefined,
  notify: undefined,
  close: undefined,
  onNotification: "remover",
  intercept: "remover",
  stats: undefined,
  on: "remover",
};

/** What an application calls on a subscription. `loop` is the start of a `for await`. */
export const SUBSCRIPTION_CALLS: Readonly<Record<string, Made>> = {
  on: "remover",
  unsubscribe: undefined,
  loop: "loop",
};

/** What a `for await` calls. */
export const LOOP_CALLS: Readonly<Record<string, Made>> = { next: undefined, return: undefined };

/** The kind of object that a call makes. */
export type Made = "subscription" | "remover" | "loop" | undefined;

type Callable = (...args: readonly unknown[]) => unknown;
type Methods = Record<PropertyKey, Callable>;

/** Records what an application calls, by methods of the object's own in front of those of its class. */
export class SessionTracer {
  readonly #trace: Trace;
  readonly #references: References;
  readonly #redactor: Redactor;
  #objects = 0;

  constructor(trace: Trace, references: References, redactor: Redactor) {
    this.#trace = trace;
    this.#references = references;
    this.#redactor = redactor;
  }

  /** Begins to record the calls of a new session. */
  session(session: RecordableSession): void {
    watchSession(this.#trace, session);
    const methods = session as unknown as Methods;
    const on = methods["on"]?.bind(session) as Callable;
    // What a listener calls is nested in what the session does, and that it failed is reported: the replay must know.
    define(methods, "on", (type, listener) =>
      on(
        type,
        typeof listener === "function"
          ? (value: unknown) => this.#trace.listener(() => (listener as Callable)(value))
          : listener,
      ),
    );
    for (const [name, made] of Object.entries(SESSION_CALLS)) this.#shadow(methods, name, 0, made);
  }

  #shadow(
    target: Methods,
    name: string,
    object: number,
    made: Made,
    key: PropertyKey = name,
  ): void {
    const original = target[key]?.bind(target) as Callable;
    define(target, key, (...args) => this.#call(original, name, object, made, args));
  }

  #call(
    original: Callable,
    method: string,
    object: number,
    made: Made,
    args: readonly unknown[],
  ): unknown {
    if (method === "authenticate" && typeof args[0] === "string") this.#redactor.add(args[0]);
    const references = this.#referencesFor(method);
    const encoded = args.map((each) => encode(each, references));
    if (made !== undefined) this.#objects += 1;
    const number = this.#objects;
    const makes: JsonObject = made === undefined ? {} : { makes: number };
    const record = { in: "call", object, method, args: encoded.map(({ json }) => json), ...makes };
    return this.#trace.enter(record, () => {
      const result = this.#try(original, encoded);
      return made === undefined ? result : this.#made(result, made, number);
    });
  }

  #try(original: Callable, encoded: readonly Encoded[]): unknown {
    try {
      return original(...encoded.map(({ live }) => live));
    } catch (error) {
      this.#trace.out({ out: "threw", name: error instanceof Error ? error.name : "" });
      throw error;
    }
  }

  #referencesFor(method: string): LiveReferences {
    if (method === "on" || method === "onNotification") return this.#references.handlers;
    return method === "authenticate" ? this.#references.credentials : this.#references.callbacks;
  }

  #made(result: unknown, made: Exclude<Made, undefined>, object: number): unknown {
    if (made === "remover") {
      return () => this.#call(result as Callable, "remove", object, undefined, []);
    }
    const methods = result as Methods;
    const calls = made === "loop" ? LOOP_CALLS : SUBSCRIPTION_CALLS;
    for (const [name, next] of Object.entries(calls)) {
      this.#shadow(methods, name, object, next, name === "loop" ? Symbol.asyncIterator : name);
    }
    return result;
  }
}

/** Records what a session does that no frame and no timer shows. */
export function watchSession(trace: Trace, session: RecordableSession): void {
  session.on("event", (event) => trace.out({ out: "event", event: { ...event } }));
  session.on("state", ({ from, to, epoch }) => trace.out({ out: "state", from, to, epoch }));
  session.on("error", ({ code }) => trace.out({ out: "error", code }));
}

function define(target: object, key: PropertyKey, value: Callable): void {
  Object.defineProperty(target, key, { value, configurable: true, writable: true });
}
