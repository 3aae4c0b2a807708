import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { withServer } from "./support/world.ts";

/** What a caller without types may give. */
const wrong = (value: unknown): never => value as never;

const CALLS: readonly (readonly [string, (session: Session) => unknown])[] = [
  ["request without a method", (session) => session.request(wrong(undefined))],
  ["request of the empty method", (session) => session.request("")],
  ["notify without a method", (session) => session.notify(wrong(undefined))],
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
