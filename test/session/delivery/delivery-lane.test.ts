import { describe, expect, it } from "vitest";
import {
  type Consumer,
  DeliveryLane,
  type LaneSink,
} from "../../../src/session/delivery/delivery-lane.ts";
import { SynchronousHandlerScope } from "../../../src/session/delivery/handler-scope.ts";
import { StrayHandlers } from "../../../src/session/delivery/stray-handlers.ts";
import { settleMicrotasks } from "../../../src/testing/virtual-clock.ts";

/** A sink that writes down what becomes of its values, and consumers that a test settles. */
class Noting implements LaneSink {
  readonly log: string[] = [];
  consumers: readonly Consumer[] = [];
  readonly #waiting = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();

  /** A consumer that takes until it is told. */
  slow(name = ""): Consumer {
    return (value: string) => {
      this.log.push(`${name}${value}`);
      return new Promise<void>((resolve, reject) => {
        this.#waiting.set(`${name}${value}`, { resolve, reject });
      });
    };
  }

  /** A consumer that is done at once. */
  quick(name = ""): Consumer {
    return (value: string) => {
      this.log.push(`${name}${value}`);
    };
  }

  async finish(value: string): Promise<void> {
    this.#waiting.get(value)?.resolve();
    await settleMicrotasks();
  }

  async fail(value: string): Promise<void> {
    this.#waiting.get(value)?.reject(new Error("a consumer"));
    await settleMicrotasks();
  }

  consumersOf(): readonly Consumer[] {
    return this.consumers;
  }

  consumerFailed(_kind: string, value: unknown): void {
    this.log.push(`failed ${String(value)}`);
  }

  handled(_kind: string, value: unknown): void {
    this.log.push(`handled ${String(value)}`);
  }

  discarded(_kind: string, value: unknown): void {
    this.log.push(`discarded ${String(value)}`);
  }
}

function world(overlap = 0): {
  lane: DeliveryLane;
  sink: Noting;
  scope: SynchronousHandlerScope;
  push: (...values: string[]) => void;
  tick: (ms: number) => void;
} {
  let nowMs = 0;
  const scope = new SynchronousHandlerScope();
  const lane = new DeliveryLane({ scope, now: () => nowMs, overlap, strays: new StrayHandlers() });
  const sink = new Noting();
  return {
    lane,
    sink,
    scope,
    push: (...values) => {
      for (const value of values) lane.push(sink, "event", value);
    },
    tick: (ms) => {
      nowMs += ms;
    },
  };
}

describe("DeliveryLane", () => {
  it("awaits each consumer of a value, and the value, before the next", async () => {
    const { sink, push } = world();
    sink.consumers = [sink.slow("x"), sink.slow("y")];
    push("1", "2");
    expect(sink.log).toEqual(["x1"]);
    await sink.finish("x1");
    expect(sink.log).toEqual(["x1", "y1"]);
    await sink.finish("y1");
    expect(sink.log).toEqual(["x1", "y1", "handled 1", "x2"]);
  });

  it("has delivered when push returns, where nothing waits and consumers are synchronous", () => {
    const { lane, sink, push } = world();
    sink.consumers = [sink.quick()];
    push("1");
    expect(sink.log).toEqual(["1", "handled 1"]);
    expect(lane.depth).toBe(0);
  });

  it("goes on after a consumer that throws or rejects, and tells the sink", async () => {
    const { sink, push } = world();
    sink.consumers = [
      () => {
        throw new Error("a consumer");
      },
      sink.slow(),
    ];
    push("1", "2");
    expect(sink.log).toEqual(["failed 1", "1"]);
    await sink.fail("1");
    expect(sink.log).toEqual(["failed 1", "1", "failed 1", "handled 1", "failed 2", "2"]);
  });

  it("reaches a marker behind what was pushed before it", async () => {
    const { lane, sink, push } = world();
    sink.consumers = [sink.slow()];
    lane.mark(() => sink.log.push("first marker"));
    push("1");
    lane.mark(() => sink.log.push("marker"));
    push("2");
    expect(sink.log).toEqual(["first marker", "1"]);
    await sink.finish("1");
    expect(sink.log).toEqual(["first marker", "1", "handled 1", "marker", "2"]);
  });

  it("pushed to by a consumer, delivers behind it", () => {
    const { sink, push } = world();
    sink.consumers = [
      (value: string) => {
        sink.log.push(value);
        if (value === "1") push("2");
      },
    ];
    push("1");
    expect(sink.log).toEqual(["1", "handled 1", "2", "handled 2"]);
  });

  it("goes on without a consumer that gives up its place", async () => {
    const { lane, sink, scope, push } = world();
    const slow = sink.slow();
    sink.consumers = [
      (value: never) => {
        if (value === "1") scope.current()?.yieldPlace();
        return slow(value);
      },
    ];
    push("1");
    lane.mark(() => sink.log.push("marker"));
    expect(sink.log).toContain("marker");
    expect(lane.running).toBe(0);
    push("2");
    expect(sink.log.at(-1)).toBe("2");
    // The end of the first is nobody's concern any more.
    await sink.finish("1");
    expect(lane.running).toBe(1);
  });

  it("discards what waits and matches, keeps markers, and waits no more for what runs", async () => {
    const { lane, sink, push } = world();
    sink.consumers = [sink.slow("x"), sink.slow("y")];
    push("1", "2");
    lane.mark(() => sink.log.push("marker"));
    push("3");
    lane.discard((_sink, value) => value !== "3");
    expect(sink.log).toEqual(["x1", "discarded 2", "handled 1", "marker", "x3"]);
    await sink.finish("x1");
    expect(sink.log).not.toContain("y1");
  });

  it("lets consumers overlap where it may, and reaches a marker behind all of them", async () => {
    const { lane, sink, push } = world(10);
    sink.consumers = [sink.slow()];
    push("1", "2");
    lane.mark(() => sink.log.push("marker"));
    expect(sink.log).toEqual(["1", "2"]);
    expect(lane.running).toBe(2);
    await sink.finish("2");
    expect(sink.log).not.toContain("marker");
    await sink.finish("1");
    expect(sink.log.slice(-2)).toEqual(["handled 1", "marker"]);
  });

  it("lets consumers of so many values overlap, and not of one more", async () => {
    const { lane, sink, push } = world(2);
    sink.consumers = [sink.slow()];
    push("1", "2", "3", "4");
    expect([sink.log, lane.running, lane.depth]).toEqual([["1", "2"], 2, 2]);
    await sink.finish("2");
    expect([sink.log.at(-1), lane.running]).toEqual(["3", 2]);
  });

  it("tells for how long the first that waits has waited, and how many there are", async () => {
    const { lane, sink, push, tick } = world();
    sink.consumers = [sink.slow()];
    expect(lane.oldestAgeMs).toBe(0);
    push("1", "2");
    tick(5);
    push("3");
    expect(lane.oldestAgeMs).toBe(5);
    expect(lane.depth).toBe(3);
    await sink.finish("1");
    expect(lane.oldestAgeMs).toBe(0);
  });
});
