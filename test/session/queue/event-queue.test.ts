import { describe, expect, it } from "vitest";
import { EventQueue, type EventQueueOptions } from "../../../src/session/queue/event-queue.ts";

interface Events {
  plain: string;
  other: string;
}

/** A queue that records what its handlers get, and does what a test says with each. */
function recording(
  act: (name: string) => void | PromiseLike<void> = () => {},
  options: Omit<EventQueueOptions<Events>, "handlers"> = {},
): { queue: EventQueue<Events>; log: string[] } {
  const log: string[] = [];
  const handle = (name: string): void | PromiseLike<void> => {
    log.push(name);
    return act(name);
  };
  return {
    queue: new EventQueue<Events>({ handlers: { plain: handle, other: handle }, ...options }),
    log,
  };
}

/** A promise and who resolves it. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe("EventQueue.post", () => {
  it("has handled the event when it returns, where nothing waits and the handler is synchronous", () => {
    const { queue, log } = recording();
    expect(queue.post("plain", "a")).toBe(true);
    expect(log).toEqual(["a"]);
    expect(queue.depth).toBe(0);
  });

  it("queues behind what waits when a handler posts", () => {
    const { queue, log } = recording((name) => {
      if (name === "a") {
        queue.post("plain", "b");
        queue.post("other", "c");
        expect(log).toEqual(["a"]);
      }
      if (name === "b") queue.post("plain", "d");
    });
    queue.post("plain", "a");
    expect(log).toEqual(["a", "b", "c", "d"]);
  });

  it("awaits the promise of a handler before the next event", async () => {
    const first = deferred();
    const { queue, log } = recording((name) => (name === "a" ? first.promise : undefined));
    queue.post("plain", "a");
    queue.post("plain", "b");
    expect(log).toEqual(["a"]);
    expect(queue.depth).toBe(1);
    first.resolve();
    await queue.idle();
    expect(log).toEqual(["a", "b"]);
  });

  it("lets control overtake data, each first in, first out", async () => {
    const first = deferred();
    const { queue, log } = recording((name) => (name === "a" ? first.promise : undefined));
    queue.post("plain", "a");
    queue.post("plain", "d1");
    queue.post("plain", "c1", "control");
    queue.post("other", "d2");
    queue.post("other", "c2", "control");
    first.resolve();
    await queue.idle();
    expect(log).toEqual(["a", "c1", "c2", "d1", "d2"]);
  });

  it("throws TypeError for a type without a handler, and leaves the queue as it was", () => {
    const { queue, log } = recording();
    expect(() => queue.post("unknown" as "plain", "a")).toThrow(TypeError);
    for (const name of ["toString", "constructor", "__proto__"])
      expect(() => queue.post(name as "plain", "a")).toThrow(
        `no handler for events of type ${name}`,
      );
    queue.post("plain", "b");
    expect(log).toEqual(["b"]);
  });
});

describe("EventQueue and handlers that fail", () => {
  it("reports a throw and a rejection with their event, and goes on", async () => {
    const failures: unknown[] = [];
    const { queue, log } = recording(
      (name) => {
        if (name === "throws") throw new Error(name);
        if (name === "rejects") return Promise.reject(new Error(name));
        return undefined;
      },
      { onError: ({ error, event, source }) => failures.push([String(error), event, source]) },
    );
    queue.post("plain", "throws");
    queue.post("other", "rejects");
    queue.post("plain", "last");
    await queue.idle();
    expect(log).toEqual(["throws", "rejects", "last"]);
    expect(failures).toEqual([
      ["Error: throws", { type: "plain", payload: "throws" }, "handler"],
      ["Error: rejects", { type: "other", payload: "rejects" }, "handler"],
    ]);
  });

  it("survives a listener of failures that throws itself", () => {
    const { queue, log } = recording(
      () => {
        throw new Error("first");
      },
      {
        onError: () => {
          throw new Error("second");
        },
      },
    );
    queue.post("plain", "a");
    queue.post("plain", "b");
    expect(log).toEqual(["a", "b"]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no promise");
      },
    ],
    [
      "calls back twice",
      (done: () => void) => {
        done();
        done();
      },
    ],
  ])("survives a thenable that %s", async (_title, then) => {
    const { queue, log } = recording((name) => (name === "a" ? ({ then } as never) : undefined));
    queue.post("plain", "a");
    queue.post("plain", "b");
    queue.post("plain", "c");
    await queue.idle();
    expect(log).toEqual(["a", "b", "c"]);
  });
});

describe("EventQueue.observe", () => {
  it("shows an event before its handler gets it, until it is stopped", () => {
    const { queue, log } = recording();
    const stop = queue.observe("plain", (payload) => log.push(`seen ${payload}`));
    queue.post("plain", "a");
    queue.post("other", "b");
    stop();
    queue.post("plain", "c");
    expect(log).toEqual(["seen a", "a", "b", "c"]);
  });

  it("reports what an observer throws, and hands the event on to the others and to the handler", () => {
    const failures: string[] = [];
    const { queue, log } = recording(undefined, {
      onError: ({ source, event }) => failures.push(`${source} ${event.payload}`),
    });
    queue.observe("plain", () => {
      throw new Error("an observer");
    });
    queue.observe("plain", (payload) => log.push(`seen ${payload}`));
    queue.post("plain", "a");
    expect(log).toEqual(["seen a", "a"]);
    expect(failures).toEqual(["observer a"]);
  });
});

describe("EventQueue at its bound", () => {
  function full(overflow?: "throw" | "drop-newest" | "drop-oldest"): {
    queue: EventQueue<Events>;
    log: string[];
    end: () => Promise<void>;
  } {
    const first = deferred();
    const { queue, log } = recording((name) => (name === "busy" ? first.promise : undefined), {
      maxDepth: 2,
      ...(overflow === undefined ? undefined : { overflow }),
    });
    queue.post("plain", "busy");
    queue.post("plain", "a");
    queue.post("plain", "b", "control");
    const end = (): Promise<void> => {
      first.resolve();
      return queue.idle();
    };
    return { queue, log, end };
  }

  it("throws RangeError by default and says how full it is; nothing is lost", async () => {
    const { queue, log, end } = full();
    expect(() => queue.post("plain", "c")).toThrow(
      new RangeError("the queue holds 2 events, its maxDepth; plain was refused"),
    );
    await end();
    expect(log).toEqual(["busy", "b", "a"]);
    expect(queue.dropped).toBe(0);
  });

  it("returns false and drops the newest under drop-newest", async () => {
    const { queue, log, end } = full("drop-newest");
    expect(queue.post("plain", "c", "control")).toBe(false);
    await end();
    expect(log).toEqual(["busy", "b", "a"]);
    expect(queue.dropped).toBe(1);
  });

  it("drops the oldest data under drop-oldest, control only where no data waits", async () => {
    const { queue, log, end } = full("drop-oldest");
    expect(queue.post("plain", "c", "control")).toBe(true);
    expect(queue.post("plain", "d", "control")).toBe(true);
    await end();
    expect(log).toEqual(["busy", "c", "d"]);
    expect(queue.dropped).toBe(2);
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])("refuses a maxDepth of %s", (maxDepth) => {
    expect(() => recording(undefined, { maxDepth })).toThrow(
      `maxDepth must be an integer from 1 up, got ${maxDepth}`,
    );
  });
});

describe("EventQueue's figures", () => {
  it("tell for how long the oldest event has waited, whatever its priority", async () => {
    let nowMs = 100;
    const first = deferred();
    const { queue } = recording((name) => (name === "a" ? first.promise : undefined), {
      now: () => nowMs,
    });
    expect(queue.oldestAgeMs).toBe(0);
    queue.post("plain", "a");
    expect(queue.oldestAgeMs).toBe(0);
    queue.post("plain", "b");
    nowMs = 130;
    queue.post("plain", "c", "control");
    expect(queue.oldestAgeMs).toBe(30);
    first.resolve();
    await queue.idle();
    expect(queue.oldestAgeMs).toBe(0);
  });

  it("are idle at once where nothing is being handled, and else when all is done", async () => {
    const first = deferred();
    const { queue, log } = recording((name) => (name === "a" ? first.promise : undefined));
    await queue.idle();
    queue.post("plain", "a");
    queue.post("plain", "b");
    const both = Promise.all([queue.idle(), queue.idle()]);
    first.resolve();
    await both;
    expect(log).toEqual(["a", "b"]);
    await queue.idle();
  });
});
