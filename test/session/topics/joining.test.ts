import { describe, expect, it } from "vitest";
import { dropOldest } from "../../../src/session/delivery/drop-oldest.ts";
import { latest } from "../../../src/session/delivery/latest.ts";
import { sample } from "../../../src/session/delivery/sample.ts";
import type { DefaultApi } from "../../../src/session/session-api.ts";
import type { Subscription } from "../../../src/session/topics/subscription.ts";
import type { SubscribeOptions } from "../../../src/session/topics/subscription-options.ts";
import { withServer } from "../support/world.ts";

/** Everything that a subscription is told. */
function logOf(subscription: Subscription<DefaultApi, string>): string[] {
  const log: string[] = [];
  subscription.on("event", ({ seq, conflated }) => {
    log.push(conflated === undefined ? `${seq}` : `${seq}x${conflated}`);
  });
  subscription.on("gap", ({ from, to }) => {
    log.push(`gap ${from}-${to}`);
  });
  return log;
}

/** A session at a topic that ten events were published on. */
async function withEvents() {
  const world = await withServer({ reconnect: { initialDelayMs: 1 } });
  const topic = world.server.topic("a");
  for (let number = 1; number <= 10; number += 1) void topic.publish({ number });
  const since = { epoch: topic.position.epoch, seq: 7 };
  return { ...world, topic, since };
}

/** `position`: since 7. */
type Wish = Omit<SubscribeOptions, "since"> & { readonly since?: { last: number } | "position" };

const REST = "11";
const MISSED = "8 9 10 11";
const CASES: readonly (readonly [string, Wish, string, Wish, string])[] = [
  ["latest beside all", { delivery: latest() }, REST, {}, REST],
  ["all beside latest", {}, REST, { delivery: latest() }, REST],
  ["two policies", { delivery: sample(5) }, REST, { delivery: dropOldest(3) }, REST],
  ["one policy, and a later start", { delivery: latest() }, REST, { since: "position" }, MISSED],
  ["the last three, and all", { delivery: latest(), since: { last: 3 } }, MISSED, {}, REST],
  ["the last three, and one policy", sinceLast(latest()), MISSED, { delivery: latest() }, REST],
  ["the last three of both", sinceLast(latest()), MISSED, sinceLast(latest()), MISSED],
  ["the last three of both, in two ways", sinceLast(latest()), MISSED, sinceLast(), MISSED],
  ["a position, and all", { delivery: latest(), since: "position" }, MISSED, {}, REST],
  ["a position, and the next event", { since: "position" }, MISSED, {}, REST],
];

function sinceLast(delivery?: Wish["delivery"]): Wish {
  return { since: { last: 3 }, ...(delivery === undefined ? undefined : { delivery }) };
}

describe("two subscriptions of one topic", () => {
  // One way takes a millisecond or less: the second comes before the first is written, arrives, is answered, is over.
  for (const laterMs of [0, 1, 2, 30]) {
    it.each(CASES)(`get what each asked for, ${laterMs} ms apart: %s`, async (...each) => {
      const [, first, firstGets, second, secondGets] = each;
      const { session, clock, topic, since } = await withEvents();
      const subscribe = ({ since: from, ...options }: Wish) =>
        session.subscribe("a", {
          ...options,
          ...(from === undefined ? undefined : { since: from === "position" ? since : from }),
        });
      const firstLog = logOf(subscribe(first));
      await clock.advance(laterMs);
      const subscription = subscribe(second);
      const secondLog = logOf(subscription);
      await clock.advance(20);
      void topic.publish({ number: 11 });
      await clock.advance(20);
      expect([firstLog.join(" "), secondLog.join(" ")]).toEqual([firstGets, secondGets]);
      expect((await subscription.token).positions["a"]?.seq).toBe(secondGets === REST ? 10 : 7);
      expect(subscription.position("a")).toEqual({ ...since, seq: 11 });
    });
  }

  it("tell a third, of another policy, and the second nothing of what only the first asked for", async () => {
    const { session, clock, topic } = await withEvents();
    const asked = { delivery: sample(5), since: { epoch: "another", seq: 4 } };
    const first = logOf(session.subscribe("a", asked));
    const second = logOf(session.subscribe("a", { delivery: sample(5) }));
    const third = logOf(session.subscribe("a"));
    await clock.advance(20);
    void topic.publish({ number: 11 });
    await clock.advance(20);
    expect([first, second, third]).toEqual([["gap 5-null", "11"], ["11"], ["11"]]);
  });

  it("get what each asked for where the second comes while the first comes back", async () => {
    const { session, clock, network, topic } = await withEvents();
    const first = logOf(session.subscribe("a", { delivery: latest() }));
    await clock.advance(20);
    network.link()?.cut();
    void topic.publish({ number: 11 });
    await clock.advance(1);
    expect(session.state).toBe("connecting");
    const second = logOf(session.subscribe("a"));
    const third = logOf(session.subscribe("a", { delivery: latest() }));
    await clock.advance(50);
    void topic.publish({ number: 12 });
    await clock.advance(20);
    expect([first, second, third]).toEqual([["11", "12"], ["12"], ["12"]]);
  });
});
