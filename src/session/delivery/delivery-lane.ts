import { isThenable } from "../isolate.ts";
import { Fifo } from "../queue/fifo.ts";
import type { HandlerScope } from "./handler-scope.ts";
import type { StrayHandlers } from "./stray-handlers.ts";

/** Takes one value; a promise that it returns holds the lane until it settles. */
export type Consumer = (value: never) => unknown;

/** Gets what a lane delivers. */
export interface LaneSink {
  /** Its turn has come: returns what the consumers get, where the value stands for something else. Must not throw. */
  take?(kind: string, value: unknown): unknown;
  /**
   * The consumers of a kind of value, in order. The array never changes; a new one replaces it. Asked once for each
   * value, when its turn has come.
   */
  consumersOf(kind: string, value: unknown): readonly Consumer[];
  /** A consumer threw or rejected. Must not throw. */
  consumerFailed(kind: string, value: unknown, error: unknown): void;
  /** Every consumer of a value is done with it, or no longer waited for. Must not throw. */
  handled(kind: string, value: unknown): void;
  /** A value was thrown away before any consumer got it. Must not throw. */
  discarded(kind: string, value: unknown): void;
}

/** One running consumer; it can give up its place in the lane. */
export interface LaneRun {
  /** Whether the consumer has returned or settled. */
  readonly done: boolean;
  /** Lets the lane go on with what waits behind, without waiting for this consumer any more. */
  yieldPlace(): void;
}

/** Settings of a {@link DeliveryLane}. */
export interface LaneOptions {
  readonly scope: HandlerScope;
  /** Milliseconds on the session's clock. */
  readonly now: () => number;
  /** Of how many events consumers may overlap (order scope `none`); more wait. Markers wait for those before them. */
  readonly overlap?: number;
  /** Gets the consumers that run on when what they were given is thrown away. */
  readonly strays: StrayHandlers;
}

/**
 * Runs an application's handlers for one order scope: one at a time, each awaited, in the order in
 * which values came. Markers travel in the same order and tell when everything before them is done.
 *
 * The session's own queue never waits for a lane; that is what keeps a handler which awaits its own
 * session from deadlocking.
 */
export class DeliveryLane {
  readonly #scope: HandlerScope;
  readonly #now: () => number;
  readonly #overlap: number | undefined;
  readonly #strays: StrayHandlers;
  readonly #waiting = new Fifo<LaneItem>();
  // The consumer that the lane waits for.
  #run: Run | undefined;
  // The item whose consumers are being called, and how far that got.
  #item: LaneItem | undefined;
  #consumers: readonly Consumer[] = [];
  #next = 0;
  // Consumers that overlap and are waited for.
  readonly #overlapping = new Set<Run>();
  #pumping = false;

  constructor(options: LaneOptions) {
    this.#scope = options.scope;
    this.#now = options.now;
    this.#overlap = options.overlap;
    this.#strays = options.strays;
  }

  /** How many values wait or are being handled. */
  get depth(): number {
    return this.#waiting.size + (this.#item === undefined ? 0 : 1);
  }

  /** For how many milliseconds the value that has waited longest has waited; 0 when none waits. */
  get oldestAgeMs(): number {
    const first = this.#waiting.peek();
    return first === undefined ? 0 : this.#now() - first.acceptedAtMs;
  }

  /** How many consumers run and are waited for: at most one, unless consumers may overlap. */
  get running(): number {
    return this.#overlapping.size + (this.#run === undefined ? 0 : 1);
  }

  /** Delivers a value to a sink's consumers, behind everything before it. */
  push(sink: LaneSink, kind: string, value: unknown): void {
    this.#waiting.push(new LaneItem(sink, kind, value, this.#now(), undefined));
    this.#pump();
  }

  /** Calls back when everything pushed before is done: at once where nothing is. Must not throw. */
  mark(reached: () => void): void {
    this.#waiting.push(new LaneItem(undefined, "marker", undefined, this.#now(), reached));
    this.#pump();
  }

  /**
   * Throws away the waiting values that match, telling their sinks, and stops calling further
   * consumers for the current one if it matches. Markers stay. A consumer that runs with such a value is
   * not interrupted, and not waited for here any more: it is a stray.
   */
  discard(matches: (sink: LaneSink, value: unknown) => boolean): void {
    this.#waiting.retain(({ sink, kind, value }) => {
      if (sink === undefined || !matches(sink, value)) return true;
      sink.discarded(kind, value);
      return false;
    });
    const concerns = ({ sink, value }: LaneItem): boolean =>
      sink !== undefined && matches(sink, value);
    if (this.#item !== undefined && concerns(this.#item)) this.#item = undefined;
    // They were given to a consumer; what that one makes of them is no longer our concern.
    for (const run of [this.#run, ...this.#overlapping]) {
      if (run === undefined || !concerns(run.item)) continue;
      if (!run.done) this.#strays.add(run);
      run.yieldPlace();
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#run === undefined) {
      if (this.#item === undefined) {
        const next = this.#waiting.peek();
        if (next === undefined) break;
        if (next.reached !== undefined) {
          // With overlapping consumers, a marker waits for all of them.
          if (this.#overlapping.size > 0) break;
          this.#waiting.shift();
          next.reached();
          continue;
        }
        if (this.#overlap && next.kind === "event" && this.#overlapping.size >= this.#overlap)
          break;
        this.#waiting.shift();
        this.#item = next;
        if (next.sink?.take !== undefined) next.value = next.sink.take(next.kind, next.value);
        this.#consumers = next.sink?.consumersOf(next.kind, next.value) ?? [];
        this.#next = 0;
      }
      const consumer = this.#consumers[this.#next];
      if (consumer === undefined) {
        const item = this.#item;
        this.#item = undefined;
        if (item.running === 0) item.sink?.handled(item.kind, item.value);
        continue;
      }
      this.#next += 1;
      this.#call(this.#item, consumer);
    }
    this.#pumping = false;
  }

  #call(item: LaneItem, consumer: Consumer): void {
    const run = new Run(item, this.#letGo);
    if (!this.#overlap) this.#run = run;
    item.running += 1;
    try {
      const result: unknown = this.#scope.run(run, consumer, item.value as never);
      if (isThenable(result)) {
        if (this.#overlap && !run.letGo) this.#overlapping.add(run);
        result.then(
          () => this.#finished(run),
          (error: unknown) => {
            item.sink?.consumerFailed(item.kind, item.value, error);
            this.#finished(run);
          },
        );
        return;
      }
    } catch (error) {
      item.sink?.consumerFailed(item.kind, item.value, error);
    }
    this.#finished(run);
  }

  #finished(run: Run): void {
    run.done = true;
    this.#strays.done(run);
    this.#letGo(run);
  }

  /** Waits for a consumer no more: it is done, or gave up its place. */
  readonly #letGo = (run: Run): void => {
    if (run.letGo) return;
    run.letGo = true;
    if (this.#run === run) this.#run = undefined;
    this.#overlapping.delete(run);
    const { item } = run;
    item.running -= 1;
    if (item.running === 0 && item !== this.#item) item.sink?.handled(item.kind, item.value);
    this.#pump();
  };
}

class Run implements LaneRun {
  done = false;
  letGo = false;
  readonly item: LaneItem;
  readonly #letGoOf: (run: Run) => void;

  constructor(item: LaneItem, letGoOf: (run: Run) => void) {
    this.item = item;
    this.#letGoOf = letGoOf;
  }

  yieldPlace(): void {
    this.#letGoOf(this);
  }
}

/** A value, or a marker, on its way through a lane. */
class LaneItem {
  readonly sink: LaneSink | undefined;
  readonly kind: string;
  value: unknown;
  readonly acceptedAtMs: number;
  /** Set on markers only. */
  readonly reached: (() => void) | undefined;
  /** How many of its consumers run and are waited for. */
  running = 0;

  constructor(
    sink: LaneSink | undefined,
    kind: string,
    value: unknown,
    acceptedAtMs: number,
    reached: (() => void) | undefined,
  ) {
    this.sink = sink;
    this.kind = kind;
    this.value = value;
    this.acceptedAtMs = acceptedAtMs;
    this.reached = reached;
  }
}
