import { choice } from "../session/session-options.ts";
import type { Direction } from "./memory-link.ts";

/** One frame, as rules see it. */
export interface FaultFrame {
  /** Number of the connection through the proxy, from 1. */
  readonly connection: number;
  /** Which way it goes. */
  readonly direction: Direction;
  /** A message, or the Close of the closing handshake. */
  readonly type: "message" | "close";
  /** A message's text, or the reason of a Close; undefined for a binary message. */
  readonly text: string | undefined;
  /**
   * JSON-RPC methods in it, in order: of requests and notifications, and of the request that an answer answers. More
   * than one in a batch; none in what is no JSON-RPC.
   */
  readonly methods: readonly string[];
  /** Topics in it, in order: of events, gaps, ends, subscribes and unsubscribes, and of their answers. */
  readonly topics: readonly string[];
}

/** What becomes of a frame. */
export type FaultAction =
  /** It is never sent on. */
  | "drop"
  /** It is sent on twice. */
  | "duplicate"
  /** It is sent on with its second half missing, so that it is no JSON any more; a Close is dropped. */
  | "corrupt"
  /** Both sides lose the connection without a closing handshake, and the frame with it. */
  | "cut"
  /** It and everything behind it in its direction waits until `FaultProxy.release`. */
  | "stall"
  | {
      /** It waits for so many milliseconds from when it came, and everything behind it in its direction with it: a slow link. */
      readonly delayMs: number;
    }
  | {
      /** It is sent on as this makes it. Must not throw. */
      readonly replace: (data: string | Uint8Array) => string | Uint8Array;
    };

/** Which frames, and what becomes of them. Everything that is given must fit. */
export interface FaultRule {
  /** What becomes of them. */
  readonly action: FaultAction;
  /** Which way they go. @defaultValue both */
  readonly direction?: Direction;
  /** What they are. @defaultValue `"message"` */
  readonly type?: FaultFrame["type"];
  /** A JSON-RPC method that must be in the frame. */
  readonly method?: string;
  /** A topic that must be in the frame. */
  readonly topic?: string;
  /** Number of the connection, from 1. @defaultValue every one */
  readonly connection?: number;
  /** Anything else that must be so. Must not throw. */
  readonly when?: (frame: FaultFrame) => boolean;
  /** The nth frame that fits otherwise, from 1, counted over all connections from when the rule was added. @defaultValue every one */
  readonly nth?: number;
  /** How many frames that fit it is for, from the first, or the nth, on. @defaultValue every one; 1 with `nth` */
  readonly times?: number;
}

/** A rule at work. */
export interface ActiveFault {
  /** How many frames it was applied to. */
  readonly hits: number;
  /** Takes the rule away. */
  remove(): void;
}

class Active implements ActiveFault {
  readonly rule: FaultRule;
  readonly #list: Set<Active>;
  #fits = 0;
  hits = 0;

  constructor(rule: FaultRule, list: Set<Active>) {
    this.rule = rule;
    this.#list = list;
  }

  /** Counts a frame, and tells whether the rule is for it. */
  isFor(frame: FaultFrame): boolean {
    if (!fits(this.rule, frame)) return false;
    this.#fits += 1;
    const { nth = 1, times = this.rule.nth === undefined ? Infinity : 1 } = this.rule;
    return this.#fits >= nth && this.#fits < nth + times;
  }

  remove(): void {
    this.#list.delete(this);
  }
}

const ACTIONS = ["drop", "duplicate", "corrupt", "cut", "stall"] as const;
const DIRECTIONS: readonly Direction[] = ["toServer", "toClient"];
const FRAME_TYPES: readonly FaultFrame["type"][] = ["message", "close"];

/** The rules of a proxy. Of several that are for a frame, the one added first is applied. */
export class FaultRules {
  readonly #rules = new Set<Active>();

  /**
   * Adds a rule.
   *
   * @throws RangeError when `nth` or `times` is not an integer from 1 up, a delay not a number from 0 up, or a text none
   *   of those that there are; TypeError when `action` says nothing.
   */
  add(rule: FaultRule): ActiveFault {
    checkAction(rule.action);
    for (const name of ["nth", "times", "connection"] as const) {
      const value = rule[name];
      if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
        throw new RangeError(`${name} must be an integer from 1 up, got ${value}`);
      }
    }
    const { action, direction, type } = rule;
    if (typeof action !== "object") choice("action", ACTIONS, action);
    choice("direction", DIRECTIONS, direction);
    choice("type", FRAME_TYPES, type);
    if (typeof action === "object" && "delayMs" in action) {
      const { delayMs } = action;
      if (!(delayMs >= 0 && Number.isFinite(delayMs))) {
        throw new RangeError(`delayMs must be a finite number from 0 up, got ${delayMs}`);
      }
    }
    const active = new Active(rule, this.#rules);
    this.#rules.add(active);
    return active;
  }

  /** Takes all rules away. */
  clear(): void {
    this.#rules.clear();
  }

  /** Says what becomes of a frame; undefined for what becomes of it without a proxy. */
  actionFor(frame: FaultFrame): FaultAction | undefined {
    let action: FaultAction | undefined;
    // Every rule counts every frame that fits it, also one that another rule took.
    for (const active of [...this.#rules]) {
      if (!active.isFor(frame) || action !== undefined) continue;
      action = active.rule.action;
      active.hits += 1;
    }
    return action;
  }
}

/** A rule without an action would fit frames, and do nothing to them: a test that believes in it proves nothing. */
function checkAction(action: unknown): void {
  if (typeof action === "string") return;
  const { delayMs, replace } = Object(action) as { readonly [name: string]: unknown };
  if (typeof delayMs === "number" || typeof replace === "function") return;
  throw new TypeError(
    'action must be one of the texts, an object with a number "delayMs", or one with a function "replace"',
  );
}

function fits(rule: FaultRule, frame: FaultFrame): boolean {
  const { direction, type = "message", method, topic, connection, when } = rule;
  return (
    frame.type === type &&
    (direction === undefined || frame.direction === direction) &&
    (connection === undefined || frame.connection === connection) &&
    (method === undefined || frame.methods.includes(method)) &&
    (topic === undefined || frame.topics.includes(topic)) &&
    (when === undefined || when(frame))
  );
}
