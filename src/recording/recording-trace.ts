import type { Clock } from "../session/clock.ts";
import type { ConnectionListener } from "../session/connection/transport.ts";
import { fromBase64, isFields, isThenable, messageOf, toBase64 } from "./plain-values.ts";
import type { Json, RecordedLine } from "./recording-format.ts";
import type { Redactor } from "./redactor.ts";
import type { CallbackTraits, Trace, TracedTimer } from "./trace.ts";

/** Where a recording goes. */
export interface RecordingSink {
  /** Takes one line, line feed included. What it throws ends the recording, not the session. */
  readonly write: (line: string) => void;
  /** The longest recording, in characters. */
  readonly maxCharacters: number;
}

/** Lets everything through and writes it down. Keeps nothing of it in memory. */
export class RecordingTrace implements Trace {
  readonly connections: Map<number, ConnectionListener> = new Map();
  readonly timers: Map<number, TracedTimer> = new Map();
  readonly #clock: Clock;
  readonly #sink: RecordingSink;
  readonly #redactor: Redactor;
  #nowMs: number;
  #depth = 0;
  #runs = 0;
  #characters = 0;
  #isOver = false;
  #failure: unknown;

  constructor(clock: Clock, sink: RecordingSink, redactor: Redactor) {
    this.#clock = clock;
    this.#sink = sink;
    this.#redactor = redactor;
    this.#nowMs = clock.now();
  }

  /** How many characters were written. */
  get characters(): number {
    return this.#characters;
  }

  /** Whether nothing is written any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What the sink threw, if it did. */
  get failure(): unknown {
    return this.#failure;
  }

  now(): number {
    // Inside an input time stands still; what runs outside any is a continuation of the session's own.
    if (this.#depth > 0) return this.#nowMs;
    this.#nowMs = this.#clock.now();
    this.#write({ out: "now", value: this.#nowMs });
    return this.#nowMs;
  }

  enter<T>(record: RecordedLine, run: () => T): T {
    this.#nowMs = this.#clock.now();
    const { in: came, ...rest } = record;
    const depth = this.#depth === 0 ? {} : { depth: this.#depth };
    this.#write({ in: came as string, atMs: this.#nowMs, ...depth, ...rest });
    return this.frame(run);
  }

  out(record: RecordedLine): void {
    this.#write(record);
  }

  ask<T extends Json>(record: RecordedLine, live: () => T, isSecret = false): T {
    const value = live();
    if (isSecret) this.#redactor.add(String(value));
    this.#write({ ...record, value });
    return value;
  }

  callback(record: RecordedLine, live: () => unknown, traits: CallbackTraits): unknown {
    const run = record["run"] as number;
    this.#write(record);
    let result: unknown;
    try {
      result = this.frame(live);
    } catch (error) {
      this.#write({ in: "returned", run, threw: messageOf(error) });
      throw error;
    }
    if (isThenable(result)) {
      this.#write({ in: "returned", run, isPromise: true });
      return this.#traced(run, result, traits);
    }
    this.#write({ in: "returned", run, ...this.#result(result, traits) });
    return result;
  }

  listener(run: () => unknown): unknown {
    let result: unknown;
    try {
      result = this.frame(run);
    } catch (error) {
      this.#write({ in: "returned", run: this.nextRun(), threw: messageOf(error) });
      throw error;
    }
    if (!isThenable(result)) return undefined;
    const number = this.nextRun();
    this.#write({ in: "returned", run: number, isPromise: true });
    return this.#traced(number, result, { keepsResult: false, isSecret: false });
  }

  inside(live: () => number | undefined): number | undefined {
    const number = live();
    if (number !== undefined) this.#write({ out: "inside", value: number });
    return number;
  }

  frame<T>(run: () => T): T {
    this.#depth += 1;
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }

  nextRun(): number {
    this.#runs += 1;
    return this.#runs;
  }

  /** Writes the first line. */
  header(header: Readonly<Record<string, unknown>>): void {
    this.#write(header as RecordedLine);
  }

  /** Writes that this is all. */
  end(): void {
    this.#write({ out: "end" });
    this.#isOver = true;
  }

  /** A promise whose settling comes in at a moment that is written down, and reaches the session in that moment. */
  #traced(run: number, promise: PromiseLike<unknown>, traits: CallbackTraits): unknown {
    const settle = (more: RecordedLine, tell: () => unknown): void => {
      this.enter({ in: "settled", run, ...more }, tell);
    };
    return {
      // biome-ignore lint/suspicious/noThenProperty: it stands for the application's promise.
      then: (fulfilled?: (value: unknown) => unknown, rejected?: (error: unknown) => unknown) => {
        // The session may ask for one end alone: of an interceptor, for the failure.
        promise.then(
          (value) => settle(this.#result(value, traits), () => fulfilled?.(value)),
          (error: unknown) => settle({ threw: messageOf(error) }, () => rejected?.(error)),
        );
      },
    };
  }

  #result(value: unknown, { keepsResult, isSecret }: CallbackTraits): RecordedLine {
    if (!keepsResult || value === undefined) return {};
    if (isSecret && typeof value === "string") this.#redactor.add(value);
    return { value: value as Json };
  }

  #write(record: RecordedLine): void {
    if (this.#isOver) return;
    try {
      const line = `${this.#text(record)}\n`;
      if (this.#characters + line.length > this.#sink.maxCharacters) {
        this.#isOver = true;
        this.#sink.write('{"out":"limit"}\n');
        return;
      }
      this.#characters += line.length;
      this.#sink.write(line);
    } catch (error) {
      // A full disk, or a result that JSON cannot hold: the session goes on without a recording.
      this.#isOver = true;
      this.#failure = error;
    }
  }

  #text(record: RecordedLine): string {
    return JSON.stringify(this.#withCleanBytes(record), (key, value: unknown) => {
      if (typeof value === "string") return this.#redactor.clean(value);
      // The record's own names are the format's.
      return key !== "" && isFields(value) ? this.#withCleanNames(value) : value;
    });
  }

  #withCleanNames(value: Record<string, unknown>): Record<string, unknown> {
    const names = Object.keys(value);
    const cleaned = names.map((name) => this.#redactor.cleanName(name));
    if (cleaned.every((name, index) => name === names[index])) return value;
    return Object.fromEntries(cleaned.map((name, index) => [name, value[names[index] as string]]));
  }

  /** A binary frame is written as base64, in which no secret is seen. */
  #withCleanBytes(record: RecordedLine): RecordedLine {
    const { base64 } = record;
    if (record.in !== "received" || typeof base64 !== "string") return record;
    return { ...record, base64: toBase64(this.#redactor.cleanBytes(fromBase64(base64))) };
  }
}
