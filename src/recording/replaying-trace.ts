import type { ConnectionListener } from "../session/connection/transport.ts";
import type { RecordingError } from "./recording-error.ts";
import { RecordingError as Failure } from "./recording-error.ts";
import type { Json, RecordedLine, Recording } from "./recording-format.ts";
import type { Trace, TracedTimer } from "./trace.ts";

/** Who hears how the application's promise ended, as far as the session asked. */
export interface ReplayedPromise {
  readonly fulfilled: ((value: unknown) => unknown) | undefined;
  readonly rejected: ((error: unknown) => unknown) | undefined;
}

/** Carries out what came in. */
export type Performer = (record: RecordedLine) => void;

/**
 * Plays the world to a session from a recording, and compares everything that the session does with it, byte for byte.
 *
 * What the session does cannot be stopped from inside: after the first difference, and behind the last line, nothing
 * is compared any more and nothing comes in.
 */
export class ReplayingTrace implements Trace {
  readonly connections: Map<number, ConnectionListener> = new Map();
  readonly timers: Map<number, TracedTimer> = new Map();
  /** Promises that a callback returned, by its run. */
  readonly promises: Map<number, ReplayedPromise> = new Map();
  readonly #recording: Recording;
  readonly #perform: Performer;
  readonly #decode: (json: Json | undefined) => unknown;
  #next = 0;
  #nowMs = 0;
  #depth = 0;
  #runs = 0;
  #failure: RecordingError | undefined;

  constructor(
    recording: Recording,
    perform: Performer,
    decode: (json: Json | undefined) => unknown,
  ) {
    this.#recording = recording;
    this.#perform = perform;
    this.#decode = decode;
    this.#nowMs = recording.lines.find(({ atMs }) => atMs !== undefined)?.atMs ?? 0;
  }

  /** How many lines were replayed. */
  get position(): number {
    return this.#next;
  }

  /** What comes next; undefined at the end. */
  get upcoming(): RecordedLine | undefined {
    return this.#recording.lines[this.#next];
  }

  /** Whether the recording stops here: it is at its end, or its limit. */
  get isOver(): boolean {
    const { upcoming } = this;
    return upcoming === undefined || upcoming.out === "end" || upcoming.out === "limit";
  }

  /** The first difference, or the first record that cannot be. */
  get failure(): RecordingError | undefined {
    return this.#failure;
  }

  now(): number {
    if (this.#depth > 0 || !this.#isActive()) return this.#nowMs;
    this.#nowMs = this.ask({ out: "now" }, () => this.#nowMs);
    return this.#nowMs;
  }

  enter<T>(_record: RecordedLine, _run: () => T): T {
    throw new Error("bug: the world of a replay called by itself");
  }

  out(record: RecordedLine): void {
    if (this.#matches(record)) this.#nested();
  }

  ask<T extends Json>(record: RecordedLine, fallback: () => T): T {
    const value = this.upcoming?.["value"];
    const expected = { ...record, ...(value === undefined ? {} : { value }) };
    if (!this.#matches(expected)) return fallback();
    return value as T;
  }

  callback(record: RecordedLine, live: () => unknown): unknown {
    if (!this.#matches(record)) return undefined;
    // A loop's own part; stand-ins of handlers do nothing.
    live();
    this.#nested();
    if (!this.#isActive()) return undefined;
    const run = record["run"] as number;
    const returned = this.upcoming;
    if (returned?.in !== "returned" || returned["run"] !== run) {
      const actual = this.upcoming?.out === undefined ? "a callback returned" : "nothing";
      this.#diverged(actual);
      return undefined;
    }
    return this.#returned(run, returned);
  }

  listener(): unknown {
    this.#nested();
    const { upcoming } = this;
    // Of this listener, and not of a callback: that one's number has been given before.
    if (upcoming?.in !== "returned" || upcoming["run"] !== this.#runs + 1) return undefined;
    return this.#returned(this.nextRun(), upcoming);
  }

  /** How a callback or a listener ended. */
  #returned(run: number, returned: RecordedLine): unknown {
    this.#next += 1;
    if (typeof returned["threw"] === "string") throw new Error(returned["threw"]);
    if (returned["isPromise"] !== true) return this.#decode(returned["value"]);
    return {
      // biome-ignore lint/suspicious/noThenProperty: it stands for the application's promise.
      then: (fulfilled: ReplayedPromise["fulfilled"], rejected: ReplayedPromise["rejected"]) => {
        this.promises.set(run, { fulfilled, rejected });
      },
    };
  }

  inside(): number | undefined {
    const { upcoming } = this;
    if (upcoming?.out !== "inside" || typeof upcoming["value"] !== "number") return undefined;
    this.#next += 1;
    return upcoming["value"];
  }

  frame<T>(run: () => T): T {
    return run();
  }

  nextRun(): number {
    this.#runs += 1;
    return this.#runs;
  }

  /** Lets in what comes next. */
  step(): void {
    const record = this.upcoming;
    if (record?.in === undefined) return;
    this.#next += 1;
    this.#nowMs = record.atMs ?? this.#nowMs;
    this.#depth += 1;
    try {
      this.#perform(record);
    } catch (error) {
      this.#failure ??= error as RecordingError;
    } finally {
      this.#depth -= 1;
    }
  }

  /** Notes that the session does not do what comes next. */
  missing(): void {
    this.#diverged(undefined);
  }

  #isActive(): boolean {
    return this.#failure === undefined && !this.isOver;
  }

  /** Compares what the session does with the next line. Returns whether it is the same. */
  #matches(record: RecordedLine): boolean {
    if (this.#failure !== undefined) return false;
    // Behind the last line of a process that ended there is nothing to compare with.
    if (this.isOver && !this.#recording.isComplete) return false;
    const actual = JSON.stringify(record);
    if (actual !== this.#recording.texts[this.#next]) {
      this.#diverged(actual);
      return false;
    }
    this.#next += 1;
    return true;
  }

  /** Lets in what the application called while it was being told this. */
  #nested(): void {
    this.#depth += 1;
    while (
      this.#isActive() &&
      this.upcoming?.in !== undefined &&
      this.upcoming.depth === this.#depth
    )
      this.step();
    this.#depth -= 1;
  }

  #diverged(actual: string | undefined): void {
    if (this.#failure !== undefined) return;
    const expected = this.#recording.texts[this.#next];
    const text = "the session did something else than what was recorded";
    this.#failure = new Failure("REPLAY_DIVERGED", text, {
      line: this.#next + 2,
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    });
  }
}
