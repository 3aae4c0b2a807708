import { describe, expect, it } from "vitest";
import { EventQueue, type Session } from "../../src/index.ts";
import { jsonRpc } from "../../src/protocol/json-rpc/json-rpc-protocol.ts";
import { CLIENT_METHODS, SERVER_METHODS } from "../../src/protocol/json-rpc/messages.ts";
import { SESSION_TRANSITIONS } from "../../src/session/states/states.ts";
import { withPeer, withServer } from "./support/world.ts";

/** What a caller without types may give. */
const wrong = (value: unknown): never => value as never;

const CALLS: readonly (readonly [string, (session: Session) => unknown])[] = [
  ["request without a method", (session) => session.request(wrong(undefined))],
  ["request of the empty method", (session) => session.request("")],
  ["notify without a method", (session) => session.notify(wrong(undefined))],
  ...[
    ...Object.values(CLIENT_METHODS),
    ...Object.values(SERVER_METHODS),
    "session.",
    "rpc.discover",
  ].flatMap(
    (method) =>
      [
        [
          `request of ${method}, which is the wire's`,
          (session: Session) => session.request(method),
        ],
        [`notify of ${method}, which is the wire's`, (session: Session) => session.notify(method)],
      ] as const,
  ),
  ["on without a listener", (session) => session.on("state", wrong(undefined))],
  ["onNotification without a handler", (session) => session.onNotification(wrong(undefined))],
  ["intercept without an interceptor", (session) => session.intercept(wrong(5))],
  [
    "a handler of a subscription that is none",
    (session) => session.subscribe("b").on("event", wrong({})),
  ],
  ...[{}, 5, null].flatMap((signal) => {
    const options = { signal: wrong(signal) };
    const shown = `the signal ${JSON.stringify(signal)}`;
    return [
      [`connect with ${shown}`, (session: Session) => session.connect(options)],
      [`authenticate with ${shown}`, (session: Session) => session.authenticate("t", options)],
      [`subscribe with ${shown}`, (session: Session) => session.subscribe("a", options)],
      [`unsubscribe with ${shown}`, (session: Session) => session.unsubscribe("a", options)],
      [`request with ${shown}`, (session: Session) => session.request("m", 1, options)],
      [`waitFor with ${shown}`, (session: Session) => session.waitFor("closed", options)],
    ] as const;
  }),
];

describe("a call of the wrong kind", () => {
  it.each(CALLS)("throws TypeError at once, and nothing is left of it: %s", async (_name, call) => {
    const { session, clock, errors } = await withServer();
    expect(() => call(session)).toThrow(TypeError);
    await clock.advance(10);
    expect(errors).toEqual([]);
    const close = session.close();
    await clock.advance(10);
    expect((await close).clean).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a method's name", () => {
  it("is refused with the name where it is the wire's, and before anything else is looked at", async () => {
    const { session } = await withPeer({ connected: false });
    expect(() => session.request("topic.subscribe", { topics: [] })).toThrow(
      new TypeError(
        "a method must be a string that is not empty, nor the protocol's own, got topic.subscribe",
      ),
    );
  });

  it("is the application's where it only looks like the wire's", async () => {
    const { session, clock, peer } = await withPeer();
    const names = ["session", "sessions.list", "topics.of", "my.session.bye", "Session.bye"];
    for (const name of names) session.request(name);
    await clock.advance(10);
    expect(peer.methods.slice(-names.length)).toEqual(names);
  });

  it("is anybody's where the protocol has none of its own", async () => {
    const { isReserved: _, ...protocol } = jsonRpc;
    const { session, clock, peer } = await withPeer({ protocol });
    session.request("session.mine");
    await clock.advance(10);
    expect(peer.methods.at(-1)).toBe("session.mine");
  });
});

describe("an option that is one of a few texts", () => {
  const ORDERS = "order must be one of topic, connection, none";
  const POLICIES = "onHandlerFailure must be one of isolate, stop-subscription, stop-session";
  const STATES = Object.keys(SESSION_TRANSITIONS).join(", ");

  it.each([
    [ORDERS, { order: "topics" }, "topics"],
    [ORDERS, { order: "" }, ""],
    [ORDERS, { order: null }, "null"],
    [POLICIES, { onHandlerFailure: "stop" }, "stop"],
    [POLICIES, { onHandlerFailure: true }, "true"],
  ])("says %s of %j, and nothing is subscribed", async (demand, options, seen) => {
    const { session, clock, peer, errors } = await withPeer();
    expect(() => session.subscribe("a", wrong(options))).toThrow(
      new RangeError(`${demand}, got ${seen}`),
    );
    await clock.advance(10);
    expect([peer.methods, errors, session.state]).toEqual([[], [], "connected"]);
  });

  it("is refused of a queue and of its events, too", () => {
    const handlers = { a: () => {} };
    expect(() => new EventQueue({ handlers, overflow: wrong("drop") })).toThrow(
      new RangeError("overflow must be one of throw, drop-newest, drop-oldest, got drop"),
    );
    const queue = new EventQueue<{ a: number }>({ handlers });
    expect(() => queue.post("a", 1, wrong("urgent"))).toThrow(
      new RangeError("priority must be one of data, control, got urgent"),
    );
  });

  it("is refused of a state to wait for, which would never come", async () => {
    const { session } = await withPeer();
    expect(() => session.waitFor(wrong("conected"))).toThrow(
      new RangeError(`state must be one of ${STATES}, got conected`),
    );
  });

  it("may be any of those that there are", async () => {
    const { session, clock } = await withServer();
    for (const order of ["topic", "connection", "none"] as const)
      for (const onHandlerFailure of ["isolate", "stop-subscription", "stop-session"] as const)
        session.subscribe("a", { order, onHandlerFailure });
    await clock.advance(10);
    expect(session.state).toBe("subscribed");
  });
});
