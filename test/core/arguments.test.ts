import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import type { SessionOptions } from "../../src/session/session-options.ts";
import { newSession } from "../session/support/client.ts";
import { withPeer } from "../session/support/world.ts";

const RESERVED = ["session.bye", "topic.subscribe", "rpc.discover"];

type Call = (session: Session) => unknown;
const none = undefined as never;
const called = (name: string, call: Call, type: ErrorConstructor, says: string) =>
  [name, call, type, says] as const;

describe("a call of the core session's", () => {
  it.each([
    called(
      "connect in no time",
      (s) => s.connect({ deadlineMs: 0 }),
      RangeError,
      "bad deadlineMs: 0",
    ),
    called(
      "connect by a signal that is none",
      (s) => s.connect({ signal: {} as never }),
      TypeError,
      "bad signal",
    ),
    called("connect by null", (s) => s.connect({ signal: null as never }), TypeError, "bad signal"),
    called("subscribe to nothing", (s) => s.subscribe([]), TypeError, "bad topics"),
    called("subscribe to one topic twice", (s) => s.subscribe(["a", "a"]), TypeError, "bad topics"),
    called("subscribe to an empty name", (s) => s.subscribe(""), TypeError, "bad topic"),
    called(
      "subscribe to what is no text",
      (s) => s.subscribe(["a", 1 as never]),
      TypeError,
      "bad topic",
    ),
    called(
      "subscribe in no time",
      (s) => s.subscribe("a", { deadlineMs: -1 }),
      RangeError,
      "bad deadlineMs: -1",
    ),
    called(
      "subscribe with no room",
      (s) => s.subscribe("a", { maxQueuedEvents: 0 }),
      RangeError,
      "bad maxQueuedEvents: 0",
    ),
    called(
      "subscribe with room that is no number",
      (s) => s.subscribe("a", { maxQueuedEvents: "9" as never }),
      RangeError,
      "bad maxQueuedEvents: 9",
    ),
    called("unsubscribe from nothing", (s) => s.unsubscribe([]), TypeError, "bad topics"),
    called(
      "unsubscribe in no time",
      (s) => s.unsubscribe("a", { deadlineMs: Number.NaN }),
      RangeError,
      "bad deadlineMs: NaN",
    ),
    called("request nothing", (s) => s.request(""), TypeError, "bad method"),
    called("request what is no text", (s) => s.request(7 as never), TypeError, "bad method"),
    called(
      "request in no time",
      (s) => s.request("m", none, { deadlineMs: 0 }),
      RangeError,
      "bad deadlineMs: 0",
    ),
    called(
      "request in more time than a timer can take",
      (s) => s.request("m", none, { deadlineMs: 2 ** 31 }),
      RangeError,
      "bad deadlineMs: 2147483648",
    ),
    called("notify of nothing", (s) => s.notify(""), TypeError, "bad method"),
    ...RESERVED.flatMap((method) => [
      called(`request ${method}`, (s) => s.request(method), TypeError, "bad method"),
      called(`notify of ${method}`, (s) => s.notify(method), TypeError, "bad method"),
    ]),
    called(
      "close with a code of the protocol's own",
      (s) => s.close({ code: 1_001 }),
      RangeError,
      "bad code",
    ),
    called("close with half a code", (s) => s.close({ code: 3_000.5 }), RangeError, "bad code"),
    called("close with too high a code", (s) => s.close({ code: 5_000 }), RangeError, "bad code"),
    called(
      "close with too long a reason",
      (s) => s.close({ reason: "é".repeat(62) }),
      RangeError,
      "bad reason",
    ),
    called(
      "close without an end",
      (s) => s.close({ deadlineMs: Infinity }),
      RangeError,
      "bad deadlineMs: Infinity",
    ),
    called(
      "listen with what is no function",
      (s) => s.on("state", none),
      TypeError,
      "bad listener",
    ),
    called(
      "handle with what is no function",
      (s) => s.subscribe("b").on("event", none),
      TypeError,
      "bad handler",
    ),
  ])("to %s throws, and has no effect", async (_name, call, type, says) => {
    const { session, clock, peer, errors } = await withPeer();
    expect(() => call(session)).toThrow(type);
    expect(() => call(session)).toThrow(says);
    peer.on("m", () => 1);
    const request = session.request("m");
    await clock.advance(10);
    expect([request.outcome, session.state.startsWith("c"), errors]).toEqual([
      "acked",
      !says.includes("handler"),
      [],
    ]);
  });
});

describe("an option of the core session's", () => {
  const make = (options: object) => () =>
    newSession({ url: "ws://memory/", ...options } as SessionOptions, {});

  it.each([["http://memory/"], ["ws://memory/#part"], ["memory"], [7]])(
    "url: %s is no place to connect to",
    (url) => {
      expect(make({ url })).toThrow(TypeError);
    },
  );

  it.each([
    ["connectTimeoutMs"],
    ["unsubscribeTimeoutMs"],
    ["requestTimeoutMs"],
    ["pingIntervalMs"],
    ["maxPendingOperations"],
  ])("%s is above 0, and may be Infinity", (name) => {
    for (const value of [0, -1, Number.NaN, 2 ** 31, "5"])
      expect(make({ [name]: value })).toThrow(RangeError);
    for (const value of [0.5, 2 ** 31 - 1, Infinity, undefined])
      expect(make({ [name]: value })).not.toThrow();
  });

  it.each([["closeTimeoutMs"], ["pongTimeoutMs"]])("%s is above 0, and has an end", (name) => {
    for (const value of [0, Infinity, -Infinity])
      expect(make({ [name]: value })).toThrow(RangeError);
    expect(make({ [name]: 1 })).not.toThrow();
  });

  it.each([["initialDelayMs"], ["maxDelayMs"]])(
    "reconnect.%s is above 0, and has an end",
    (name) => {
      for (const value of [0, Infinity])
        expect(make({ reconnect: { [name]: value } })).toThrow(RangeError);
    },
  );

  it.each([["maxAttempts"], ["minUptimeMs"]])("reconnect.%s may be 0, and Infinity", (name) => {
    expect(make({ reconnect: { [name]: -1 } })).toThrow(`bad ${name}: -1`);
    for (const value of [0, Infinity]) expect(make({ reconnect: { [name]: value } })).not.toThrow();
  });
});
