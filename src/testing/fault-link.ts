import type { Clock, TimerHandle } from "../session/clock.ts";
import type { FaultAction, FaultFrame, FaultRules } from "./fault-rules.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Direction } from "./memory-link.ts";

/** One side of a proxied connection, as the proxy uses it. */
export interface ProxyEnd {
  /** Sends a message on. */
  send(data: string | Uint8Array): void;
  /** Starts the closing handshake; 1005 for a Close without a code. */
  close(code: number, reason: string): void;
  /** Drops the connection. */
  terminate(): void;
}

type Content =
  | { readonly type: "message"; readonly data: string | Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

type Item = Content & {
  readonly action: FaultAction | undefined;
  /** When it came, in milliseconds on the proxy's clock. */
  readonly cameAtMs: number;
};

/** What waits in one direction. */
class Queue {
  items: Item[] = [];
  timer: TimerHandle | undefined;
  isStalled = false;
  /** Whether the delay of the first item is over. */
  isDue = false;
}

/** One connection through a proxy: two ends, and what waits between them. */
export class FaultLink {
  readonly #number: number;
  readonly #rules: FaultRules;
  readonly #clock: Clock;
  readonly #reader = new FrameReader();
  readonly #ends: Partial<Record<Direction, ProxyEnd>> = {};
  readonly #queues: Readonly<Record<Direction, Queue>> = {
    toServer: new Queue(),
    toClient: new Queue(),
  };
  readonly #maxWaiting: number;
  readonly #gone: () => void;
  readonly #closed = new Set<Direction>();
  #isOver = false;

  /** @param gone - Called once it is over. */
  constructor(
    number: number,
    rules: FaultRules,
    clock: Clock,
    maxWaiting: number,
    gone: () => void,
  ) {
    this.#number = number;
    this.#rules = rules;
    this.#clock = clock;
    this.#maxWaiting = maxWaiting;
    this.#gone = gone;
  }

  /** How many frames wait in a direction. */
  waiting(direction: Direction): number {
    return this.#queues[direction].items.length;
  }

  /** Says where the frames of a direction go. What has come already is sent on. */
  attach(direction: Direction, end: ProxyEnd): void {
    if (this.#isOver) {
      end.terminate();
      return;
    }
    this.#ends[direction] = end;
    this.#advance(direction);
  }

  /** A message came from one side. */
  message(direction: Direction, data: string | Uint8Array): void {
    const text = typeof data === "string" ? data : undefined;
    const content =
      text === undefined ? { methods: [], topics: [] } : this.#reader.read(direction, text);
    const frame: FaultFrame = {
      connection: this.#number,
      direction,
      type: "message",
      text,
      ...content,
    };
    this.#push(direction, { type: "message", data }, this.#rules.actionFor(frame));
  }

  /** A side closed, or is gone: 1006 without a closing handshake. */
  closed(direction: Direction, code: number, reason: string): void {
    const frame: FaultFrame = {
      connection: this.#number,
      direction,
      type: "close",
      text: reason,
      methods: [],
      topics: [],
    };
    this.#push(direction, { type: "close", code, reason }, this.#rules.actionFor(frame));
    this.#closed.add(direction);
    if (this.#closed.size === 2) this.#end();
  }

  /** Lets go what a `stall` holds. */
  release(direction: Direction): void {
    const queue = this.#queues[direction];
    if (!queue.isStalled) return;
    queue.isStalled = false;
    queue.isDue = true;
    this.#advance(direction);
  }

  /** Drops both sides now, with everything that waits. */
  cut(): void {
    if (this.#isOver) return;
    this.#end();
    for (const end of Object.values(this.#ends)) end.terminate();
  }

  /** Nobody is left on either side. */
  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const queue of Object.values(this.#queues)) {
      if (queue.timer !== undefined) this.#clock.clearTimer(queue.timer);
      queue.items = [];
    }
    this.#gone();
  }

  #push(direction: Direction, content: Content, action: FaultAction | undefined): void {
    const queue = this.#queues[direction];
    if (this.#isOver) return;
    queue.items.push({ ...content, action, cameAtMs: this.#clock.now() });
    // Bounded: what stalls for ever ends as a connection does whose buffers are full.
    if (queue.items.length > this.#maxWaiting) this.cut();
    else this.#advance(direction);
  }

  #advance(direction: Direction): void {
    const queue = this.#queues[direction];
    const end = this.#ends[direction];
    while (end !== undefined && !this.#isOver && !queue.isStalled && queue.timer === undefined) {
      const item = queue.items[0];
      if (item === undefined) return;
      if (!queue.isDue && this.#waits(direction, queue, item)) return;
      queue.isDue = false;
      queue.items.shift();
      this.#forward(end, item);
    }
  }

  /** Begins the wait that an action asks for. */
  #waits(direction: Direction, queue: Queue, { action, cameAtMs }: Item): boolean {
    if (action === "stall") {
      queue.isStalled = true;
      return true;
    }
    if (typeof action !== "object" || !("delayMs" in action)) return false;
    // From when it came: what came together leaves together.
    const leftMs = cameAtMs + action.delayMs - this.#clock.now();
    if (leftMs <= 0) return false;
    queue.timer = this.#clock.setTimer(() => {
      queue.timer = undefined;
      queue.isDue = true;
      this.#advance(direction);
    }, leftMs);
    return true;
  }

  #forward(end: ProxyEnd, item: Item): void {
    const { action } = item;
    if (action === "cut") this.cut();
    else if (action === "drop") return;
    else if (item.type === "close") {
      if (action !== "corrupt") this.#close(end, item.code, item.reason);
    } else {
      const data = changed(item.data, action);
      end.send(data);
      if (action === "duplicate") end.send(data);
    }
  }

  #close(end: ProxyEnd, code: number, reason: string): void {
    if (code === 1006) this.cut();
    else end.close(code, reason);
  }
}

function changed(data: string | Uint8Array, action: FaultAction | undefined): string | Uint8Array {
  if (action === "corrupt") return data.slice(0, Math.floor(data.length / 2));
  if (typeof action === "object" && "replace" in action) return action.replace(data);
  return data;
}
