import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey } from "../../src/server/connections/address-key.ts";
import { Sweep, type Swept } from "../../src/server/connections/sweep.ts";
import { UserSessions } from "../../src/server/connections/user-sessions.ts";
import { type TokenBucket, takeToken } from "../../src/server/methods/token-bucket.ts";
import { DEFAULT_SERVER_LIMITS, resolveLimits } from "../../src/server/server-limits.ts";
import { TimeoutSet } from "../../src/server/timeout-set.ts";
import { SubscriptionTable } from "../../src/server/topics/subscription-table.ts";
import { Subscription, Topic } from "../../src/server/topics/topic.ts";
import { TopicLocks, type TopicOperation } from "../../src/server/topics/topic-locks.ts";
import { type Indexed, TopicSubscribers } from "../../src/server/topics/topic-subscribers.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

interface Named extends Indexed {
  readonly name: number;
}

describe("TopicSubscribers", () => {
  it("visits exactly the members that were there and still are, once, whatever goes or comes meanwhile", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        // At visit i: removes member number `remove`, adds a member, or starts a nested visit.
        fc.array(fc.record({ remove: fc.nat({ max: 12 }), add: fc.boolean(), nest: fc.boolean() })),
        (count, steps) => {
          const subscribers = new TopicSubscribers<Named>();
          const members = Array.from({ length: count }, (_, name) => ({ name, index: -1 }));
          for (const member of members) subscribers.add(member);
          const present = new Set(members);
          const visited: Named[] = [];
          let next = 0;
          subscribers.forEach((member) => {
            expect(present.has(member as (typeof members)[number])).toBe(true);
            visited.push(member);
            const step = steps[next++];
            if (step === undefined) return;
            const gone = members[step.remove];
            if (gone !== undefined) {
              subscribers.remove(gone);
              subscribers.remove(gone);
              present.delete(gone);
            }
            if (step.add) subscribers.add({ name: 100 + next, index: -1 });
            if (step.nest) subscribers.forEach(() => {});
          });
          expect(new Set(visited).size).toBe(visited.length);
          for (const member of present) expect(visited).toContain(member);
          const after: Named[] = [];
          subscribers.forEach((member) => {
            after.push(member);
          });
          expect(after).toHaveLength(subscribers.size);
          for (const member of after) subscribers.remove(member);
          expect(subscribers.size).toBe(0);
        },
      ),
    );
  });
});

describe("TopicLocks", () => {
  it("runs operations on a common topic one at a time, in the order they came, and all of them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(fc.constantFrom<string>("a", "b", "c"), { minLength: 1 }), {
          maxLength: 12,
        }),
        fc.infiniteStream(fc.nat()),
        (requests, choices) => {
          const locks = new TopicLocks();
          const running: (TopicOperation & { number: number })[] = [];
          const started: number[] = [];
          for (const [number, topics] of requests.entries()) {
            const operation = {
              number,
              topics,
              isRequest: true,
              blockedBy: 0,
              run() {
                const overlap = running.filter((other) =>
                  other.topics.some((each) => topics.includes(each)),
                );
                expect(overlap).toEqual([]);
                running.push(operation);
                started.push(number);
              },
            };
            locks.enter(operation);
          }
          while (running.length > 0) {
            const [done] = running.splice(Number(choices.next().value) % running.length, 1);
            if (done !== undefined) locks.leave(done);
          }
          expect(started).toHaveLength(requests.length);
          expect(locks.size).toBe(0);
          for (const [later, topics] of requests.entries()) {
            for (let earlier = 0; earlier < later; earlier += 1) {
              if (!requests[earlier]?.some((topic) => topics.includes(topic))) continue;
              expect(started.indexOf(earlier)).toBeLessThan(started.indexOf(later));
            }
          }
        },
      ),
    );
  });

  it("runs nothing after it was cleared", () => {
    const locks = new TopicLocks();
    const first = { topics: ["a"], isRequest: true, blockedBy: 0, run: () => {} };
    locks.enter(first);
    locks.enter({
      topics: ["a"],
      isRequest: true,
      blockedBy: 0,
      run: () => {
        throw new Error("ran");
      },
    });
    locks.clear();
    locks.leave(first);
    expect(locks.size).toBe(0);
  });
});

describe("SubscriptionTable", () => {
  it("behaves as a map, few or many", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 30 })), { maxLength: 80 }),
        (steps) => {
          const table = new SubscriptionTable();
          const model = new Map<string, Subscription>();
          for (const [isAdd, number] of steps) {
            const name = `t${number}`;
            const known = model.get(name);
            if (isAdd && known === undefined) {
              const added = new Subscription(new Topic(name), { deliver: () => {} });
              table.add(added);
              model.set(name, added);
            } else if (!isAdd && known !== undefined) {
              table.delete(known);
              table.delete(known);
              model.delete(name);
            }
            expect(table.size).toBe(model.size);
            expect(table.get(name)).toBe(model.get(name));
          }
          expect(table.toArray()).toEqual([...model.values()]);
        },
      ),
    );
  });
});

describe("UserSessions", () => {
  it("behaves as a map of sets", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom("u", "v"), fc.nat({ max: 3 }))),
        (steps) => {
          const sessions = Array.from({ length: 4 }, (_, id) => ({ id }));
          const users = new UserSessions<{ id: number }>();
          const model = new Map<string, Set<object>>();
          for (const [isAdd, user, number] of steps) {
            const session = sessions[number] as { id: number };
            const theirs = model.get(user) ?? new Set<object>();
            if (isAdd) {
              if (!theirs.has(session)) users.add(user, session);
              model.set(user, theirs.add(session));
            } else {
              users.delete(user, session);
              theirs.delete(session);
              if (theirs.size === 0) model.delete(user);
            }
            expect(users.users).toBe(model.size);
            expect(users.count(user)).toBe(model.get(user)?.size ?? 0);
            expect(new Set(users.of(user))).toEqual(model.get(user) ?? new Set());
          }
        },
      ),
    );
  });
});

describe("Sweep", () => {
  class Member implements Swept {
    sweepIndex = -1;
    visits = 0;
    onVisit: () => void = () => {};
    sweep(): void {
      this.visits += 1;
      this.onVisit();
    }
  }

  it.each([1, 512, 513, 5_000])(
    "visits each of %i members once an interval, with one timer",
    async (count) => {
      const clock = new VirtualClock();
      let rounds = 0;
      const sweep = new Sweep<Member>(clock, 1_000, () => {
        rounds += 1;
      });
      const members = Array.from({ length: count }, () => new Member());
      for (const member of members) sweep.add(member);
      expect(clock.pendingTimers).toBe(1);
      // The first timer was set while there was one member.
      await clock.advance(1_000);
      const before = members.map((member) => member.visits);
      await clock.advance(8_000);
      const visits = members.map((member, index) => member.visits - (before[index] ?? 0));
      expect(Math.min(...visits)).toBeGreaterThanOrEqual(7);
      expect(Math.max(...visits)).toBeLessThanOrEqual(9);
      expect(rounds).toBeGreaterThan(8);
      for (const member of members) sweep.delete(member);
      sweep.delete(members[0] as Member);
      expect(sweep.size).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it("stops when the last member goes in the middle of a visit, and visits those that are left", async () => {
    const clock = new VirtualClock();
    const sweep = new Sweep<Member>(clock, 1_000, () => {});
    const members = [new Member(), new Member(), new Member()];
    for (const member of members) {
      sweep.add(member);
      member.onVisit = () => sweep.delete(member);
    }
    await clock.advance(1_000);
    expect(members.map((member) => member.visits)).toEqual([1, 1, 1]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("TimeoutSet", () => {
  it("hands over what is due, the oldest first, and nothing that was removed", () => {
    const timeouts = new TimeoutSet<string>(100);
    timeouts.add("a", 0);
    timeouts.add("b", 10);
    timeouts.add("c", 20);
    timeouts.add("d", 90);
    expect(timeouts.delete("b")).toBe(true);
    expect(timeouts.delete("b")).toBe(false);
    const expired: string[] = [];
    timeouts.expire(120, (item) => expired.push(item));
    expect(expired).toEqual(["a", "c"]);
    expect(timeouts.size).toBe(1);
  });
});

describe("takeToken", () => {
  it("never allows more than the burst and the rate over any time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 500 }), { maxLength: 200 }), (pauses) => {
        const limit = { perSecond: 10, burst: 5 };
        const bucket: TokenBucket = { tokens: 5, refilledAtMs: 0 };
        let nowMs = 0;
        let allowed = 0;
        for (const pause of pauses) {
          nowMs += pause;
          if (takeToken(bucket, limit, nowMs) === "allowed") allowed += 1;
          expect(allowed).toBeLessThanOrEqual(5 + (nowMs * 10) / 1000 + 1e-6);
        }
      }),
    );
  });

  it("allows everything at an infinite rate", () => {
    const bucket: TokenBucket = { tokens: 0, refilledAtMs: 0 };
    expect(takeToken(bucket, { perSecond: Number.POSITIVE_INFINITY, burst: 1 }, 0)).toBe("allowed");
  });
});

describe("addressKey", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
    ["", ""],
  ])("counts %s as %s", (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe("resolveLimits", () => {
  it("fills in the defaults, and refuses what makes no sense", () => {
    expect(resolveLimits()).toEqual(DEFAULT_SERVER_LIMITS);
    expect(resolveLimits({ maxTopics: 5 }).maxTopics).toBe(5);
    expect(() => resolveLimits({ maxTopics: 0 })).toThrow("limits.maxTopics");
    expect(() => resolveLimits({ maxTopics: "5" as unknown as number })).toThrow("got 5");
    expect(() => resolveLimits({ maxTopic: 5 } as object)).toThrow('"maxTopic"');
    expect(() => resolveLimits({ sweepIntervalMs: Number.POSITIVE_INFINITY })).toThrow("finite");
    expect(() => resolveLimits({ idleTimeoutMs: 5_000 })).toThrow(
      "pingIntervalMs (20000), got 5000",
    );
  });
});
