import type { Clock, Random } from "../session/clock.ts";
import type { Connection, Transport } from "../session/connection/transport.ts";
import type { LaneRun } from "../session/delivery/delivery-lane.ts";
import type { HandlerScope } from "../session/delivery/handler-scope.ts";
import type { SessionEnvironment } from "../session/session-environment.ts";
import { PauseRule } from "../transport/pause-rule.ts";
import { isFields, toBase64 } from "./plain-values.ts";
import type { JsonObject, RecordedLine } from "./recording-format.ts";
import type { Trace } from "./trace.ts";

/**
 * Puts a trace between a session and its environment: every frame, timer, random number and handler crosses it.
 *
 * @param live - The world; undefined in a replay, whose world is the recording.
 */
export function traceEnvironment(
  trace: Trace,
  live: SessionEnvironment | undefined,
): SessionEnvironment {
  return {
    clock: traceClock(trace, live?.clock),
    random: traceRandom(trace, live?.random),
    transport: traceTransport(trace, live?.transport),
    createHandlerScope: () => new TracedScope(trace, live?.createHandlerScope()),
    // Of nothing but what is recorded: a connection that cannot be paused never is.
    createFlowControl: (marks) => new PauseRule(marks),
  };
}

function traceClock(trace: Trace, live: Clock | undefined): Clock {
  let count = 0;
  return {
    now: () => trace.now(),
    wallNow: () => trace.ask({ out: "wall" }, () => live?.wallNow?.() ?? 0),
    setTimer: (callback, delayMs) => {
      const timer = ++count;
      trace.out({ out: "timer", timer, delayMs });
      const fire = (): void => {
        trace.timers.delete(timer);
        callback();
      };
      const traced = { callback: fire, handle: undefined as unknown };
      trace.timers.set(timer, traced);
      traced.handle = live?.setTimer(() => trace.enter({ in: "fired", timer }, fire), delayMs);
      return timer;
    },
    clearTimer: (handle) => {
      const timer = handle as number;
      const traced = trace.timers.get(timer);
      if (traced === undefined) return;
      trace.out({ out: "cleared", timer });
      trace.timers.delete(timer);
      live?.clearTimer(traced.handle);
    },
  };
}

function traceRandom(trace: Trace, live: Random | undefined): Random {
  return {
    fraction: () => trace.ask({ out: "fraction" }, () => live?.fraction() ?? 0),
    secret: () => trace.ask({ out: "secret" }, () => live?.secret() ?? "", true),
  };
}

function traceTransport(trace: Trace, live: Transport | undefined): Transport {
  let count = 0;
  return {
    connect: (target, listener) => {
      const epoch = ++count;
      const { url, subprotocols } = target;
      trace.connections.set(epoch, listener);
      const enter = (record: RecordedLine, run: () => void): void =>
        trace.enter({ ...record, epoch }, run);
      let connection: Connection | undefined;
      const open = (): boolean => {
        connection = live?.connect(target, {
          opened: (subprotocol) =>
            enter({ in: "opened", subprotocol }, () => listener.opened(subprotocol)),
          received: (data) => {
            const content = typeof data === "string" ? { text: data } : { base64: toBase64(data) };
            enter({ in: "received", ...content }, () => listener.received(data));
          },
          closed: (code, reason, cause) => {
            const why = cause === undefined ? {} : { cause: cause.message };
            enter({ in: "closed", code, reason, ...why }, () => {
              trace.connections.delete(epoch);
              listener.closed(code, reason, cause);
            });
          },
        });
        return connection?.pause !== undefined;
      };
      const record = { out: "connect", atMs: trace.now(), epoch, url, subprotocols };
      const canPause = trace.ask(record, open);
      return traceConnection(trace, epoch, canPause, () => connection);
    },
  };
}

/** @param canPause - Whether the transport can: a session does without what is missing. */
function traceConnection(
  trace: Trace,
  epoch: number,
  canPause: boolean,
  live: () => Connection | undefined,
): Connection {
  const frame = (out: string, more: JsonObject = {}): void =>
    trace.out({ out, atMs: trace.now(), epoch, ...more });
  const connection = {
    send: (text: string) => {
      frame("send", { text });
      live()?.send(text);
    },
    close: (code: number, reason: string) => {
      frame("close", { code, reason });
      live()?.close(code, reason);
    },
    terminate: () => {
      frame("terminate");
      live()?.terminate();
    },
    get bufferedBytes(): number {
      return trace.ask({ out: "buffered", epoch }, () => live()?.bufferedBytes ?? 0);
    },
  };
  if (!canPause) return connection;
  return Object.assign(connection, {
    pause: () => {
      frame("pause");
      live()?.pause?.();
    },
    resume: () => {
      frame("resume");
      live()?.resume?.();
    },
  });
}

/** Sees every handler that the session runs, and how each ends. */
class TracedScope implements HandlerScope {
  readonly #trace: Trace;
  readonly #live: HandlerScope | undefined;
  readonly #numbers = new WeakMap<LaneRun, number>();
  /** Only a replay needs to find a run by its number; a run that is over is never asked for. */
  readonly #runs = new Map<number, LaneRun>();

  constructor(trace: Trace, live: HandlerScope | undefined) {
    this.#trace = trace;
    this.#live = live;
  }

  run<Value, Result>(run: LaneRun, handler: (value: Value) => Result, value: Value): Result {
    const number = this.#trace.nextRun();
    this.#numbers.set(run, number);
    if (this.#live === undefined) this.#runs.set(number, run);
    const live = (): unknown =>
      this.#live === undefined ? handler(value) : this.#live.run(run, handler, value);
    const record = { out: "handler", run: number, value: describe(value) };
    const traits = { keepsResult: false, isSecret: false };
    return this.#trace.callback(record, live, traits) as Result;
  }

  current(): LaneRun | undefined {
    let run: LaneRun | undefined;
    const number = this.#trace.inside(() => {
      run = this.#live?.current();
      return run === undefined ? undefined : this.#numbers.get(run);
    });
    return run ?? (number === undefined ? undefined : this.#runs.get(number));
  }
}

/** What a handler gets, without the payload: that is in the frame that brought it. */
function describe(value: unknown): JsonObject {
  if (!isFields(value)) return {};
  const { data, params, ...rest } = value;
  return rest as JsonObject;
}
