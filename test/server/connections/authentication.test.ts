import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/server/connections/principal.ts";
import { Refusal } from "../../../src/server/methods/refusal.ts";
import { createWorld, secret } from "../support/world.ts";

const byToken = ({ token }: { token: string }): Principal | null =>
  token.startsWith("bad") ? null : { userId: token };

describe("session.authenticate", () => {
  it("W-3.3 names the user and the time left", async () => {
    const { connect, server } = createWorld({
      wallNow: () => 1_000,
      authenticate: () => ({ userId: "u1", expiresAt: 61_000, claims: { admin: true } }),
    });
    const client = await connect();
    const answer = await client.ask(1, "session.authenticate", { token: "t" });
    expect(answer?.result).toEqual({ userId: "u1", expiresInMs: 60_000 });
    expect(server.sessionsOf("u1").map((session) => session.principal?.claims)).toEqual([
      { admin: true },
    ]);
  });

  it.each([
    ["null", (): null => null],
    ["a throw", (): Promise<never> => Promise.reject(new Error("no"))],
    [
      "a sync throw",
      (): never => {
        throw new Error("no");
      },
    ],
    ["a refusal", (): Promise<never> => Promise.reject(new Refusal("LOCKED", "locked"))],
    ["no principal", () => ({ userId: "" })],
    [
      "a thenable that throws",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: that is what is tried.
        then(): never {
          throw new Error("no");
        },
      }),
    ],
    ["no object", (): unknown => "u"],
    ["nothing", (): undefined => undefined],
    ["expired credentials", () => ({ userId: "u", expiresAt: 5 })],
  ] as const)("W-3.3 refuses with UNAUTHENTICATED and 4401 on %s", async (_name, authenticate) => {
    const { connect, server } = createWorld({
      authenticate: authenticate as unknown as () => Principal | null,
      wallNow: () => 10,
    });
    const client = await connect();
    const answer = await client.ask(1, "session.authenticate", { token: "t" });
    expect(answer?.error).toMatchObject({ code: -32_001, data: { code: "UNAUTHENTICATED" } });
    expect(client.closed?.code).toBe(4401);
    expect(server.stats()).toMatchObject({ sessions: 0, authorizations: 0 });
  });

  it.each([
    ["a throw", (): Promise<never> => Promise.reject(new Error("no")), ["AUTHENTICATE_THREW"]],
    ["a result of another shape", () => ({ user: "u" }), ["AUTHENTICATE_THREW"]],
    ["a refusal", (): Promise<never> => Promise.reject(new Refusal("LOCKED", "locked")), []],
    ["null", (): null => null, []],
  ] as const)(
    "reports AUTHENTICATE_THREW where it should: on %s",
    async (_name, authenticate, codes) => {
      const { connect, server } = createWorld({
        authenticate: authenticate as unknown as () => Principal | null,
      });
      const reported: string[] = [];
      server.on("error", ({ code }) => reported.push(code));
      const client = await connect();
      await client.ask(1, "session.authenticate", { token: "t" });
      expect(reported).toEqual(codes);
    },
  );

  it("W-3.4 comes before everything but session.*", async () => {
    const { connect, server } = createWorld({ authenticate: byToken });
    server.method("work", () => 1);
    const client = await connect();
    expect((await client.ask(1, "work"))?.error?.data.code).toBe("UNAUTHENTICATED");
    const subscribe = await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    expect(subscribe?.error?.data.code).toBe("UNAUTHENTICATED");
    expect((await client.ask(3, "session.ping"))?.result).toBeNull();
    await client.ask(4, "session.authenticate", { token: "u" });
    expect((await client.ask(5, "work"))?.result).toBe(1);
  });

  it("W-3.4 holds back what comes while it is judged, in order, except session.ping", async () => {
    let decide: (principal: Principal) => void = () => {};
    const { connect, server, clock } = createWorld({
      authenticate: () =>
        new Promise<Principal>((resolve) => {
          decide = resolve;
        }),
      limits: { maxPendingMethods: 2 },
    });
    server.method("work", () => 1);
    const client = await connect();
    client.request(1, "session.authenticate", { token: "u" });
    client.request(2, "topic.subscribe", { topics: [{ topic: "a" }] });
    client.request(2, "work");
    client.request(3, "work");
    client.request(4, "work");
    client.request(5, "session.ping");
    await clock.advance(5);
    expect(client.answer(4)?.error?.data.code).toBe("TOO_MANY_PENDING");
    expect(client.answer(null)?.error?.data).toEqual({
      code: "INVALID_REQUEST",
      detail: { id: 2 },
    });
    decide({ userId: "u" });
    await clock.advance(5);
    expect(client.singles.map((wire) => wire.id)).toEqual([null, 4, 5, 1, 2, 3]);
  });

  it("W-3.4 closes 4401 when no credentials come in time", async () => {
    const { connect, clock } = createWorld({ authenticate: byToken });
    const client = await connect();
    await clock.advance(9_000);
    expect(client.closed).toBeNull();
    await clock.advance(2_000);
    expect(client.closed?.code).toBe(4401);
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses when the decision takes longer than authorizeTimeoutMs", async () => {
    const { connect, clock, server } = createWorld({
      authenticate: () => new Promise(() => {}),
      limits: { authorizeTimeoutMs: 3_000 },
    });
    const client = await connect();
    client.request(1, "session.authenticate", { token: "u" });
    await clock.advance(5_000);
    expect(client.answer(1)?.error?.message).toBe("no decision in time");
    expect(client.closed?.code).toBe(4401);
    expect(server.stats().authorizations).toBe(0);
  });

  it("W-3.5 refreshes for the same user, and asks about each topic again", async () => {
    let isAllowed = true;
    const { connect, clock, server } = createWorld({
      authenticate: async ({ token }) => ({ userId: "u", claims: token }),
      authorize: async (_session, topic) => topic === "open" || isAllowed,
    });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "first" });
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "open" }, { topic: "vip" }] });
    server.topic("vip").publish(1);
    isAllowed = false;
    await client.ask(3, "session.authenticate", { token: "second" });
    server.topic("vip").publish(2);
    server.topic("open").publish(1);
    await clock.advance(5);
    expect(server.sessions[0]?.principal?.claims).toBe("second");
    expect(client.heardOf("topic.closed")).toEqual([{ topic: "vip", lastSeq: 1, code: "REVOKED" }]);
    expect(client.heardOf("topic.event")).toEqual([
      { topic: "vip", seq: 1, data: 1 },
      { topic: "open", seq: 1, data: 1 },
    ]);
  });

  it("W-3.5 keeps the principal: another one is FORBIDDEN, refused credentials change nothing", async () => {
    const { connect, server } = createWorld({ authenticate: byToken });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "u" });
    const other = await client.ask(2, "session.authenticate", { token: "v" });
    expect(other?.error?.data.code).toBe("FORBIDDEN");
    const bad = await client.ask(3, "session.authenticate", { token: "bad" });
    expect(bad?.error?.data.code).toBe("UNAUTHENTICATED");
    expect(client.closed).toBeNull();
    expect(server.sessionsOf("u")).toHaveLength(1);
  });

  it("drops a decision that comes too late, or for a session that is gone", async () => {
    const decisions: ((principal: Principal) => void)[] = [];
    const { connect, clock, server } = createWorld({
      authenticate: () => new Promise<Principal>((resolve) => decisions.push(resolve)),
      limits: { authorizeTimeoutMs: 3_000 },
    });
    const slow = await connect();
    slow.request(1, "session.authenticate", { token: "t" });
    slow.request(2, "session.bye");
    await clock.advance(5_000);
    const gone = await connect();
    gone.request(1, "session.authenticate", { token: "t" });
    await clock.advance(5);
    gone.terminate();
    await clock.advance(5);
    for (const decide of decisions) decide({ userId: "u" });
    await clock.advance(5);
    expect(decisions).toHaveLength(2);
    expect(slow.closed?.code).toBe(4401);
    expect(server.stats()).toMatchObject({ sessions: 0, users: 0, authorizations: 0 });
  });

  it("W-3.5 asks about no topic that was given up meanwhile, and about none once the session is gone", async () => {
    const asked: string[] = [];
    let decide: (allowed: boolean) => void = () => {};
    let isSlow = false;
    const { connect, clock, server, network } = createWorld({
      authenticate: () => ({ userId: "u" }),
      authorize: (_session, topic) => {
        asked.push(topic);
        if (!isSlow) return true;
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
    });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "t" });
    await client.ask(2, "topic.subscribe", { topics: [{ topic: "a" }, { topic: "b" }] });
    isSlow = true;
    client.request(3, "topic.subscribe", { topics: [{ topic: "c" }] });
    client.request(4, "topic.unsubscribe", { topics: ["a", "c"] });
    client.request(5, "session.authenticate", { token: "t" });
    await clock.advance(5);
    expect(asked).toEqual(["a", "b", "c", "b"]);
    network.link()?.cut();
    await clock.advance(5);
    decide(false);
    await clock.advance(5);
    expect(server.stats()).toMatchObject({ sessions: 0, subscriptions: 0 });
    expect(asked).toHaveLength(4);
  });

  it("W-3.5 takes one refresh at a time", async () => {
    let calls = 0;
    const { connect, clock } = createWorld({
      authenticate: () => {
        calls += 1;
        return calls === 1 ? { userId: "u" } : new Promise(() => {});
      },
    });
    const client = await connect();
    await client.ask(1, "session.authenticate", { token: "u" });
    client.request(2, "session.authenticate", { token: "u" });
    client.request(3, "session.authenticate", { token: "u" });
    await clock.advance(5);
    expect(client.answer(3)?.error?.data.code).toBe("TOO_MANY_PENDING");
  });

  it("W-3.6 closes 4401 a while after the credentials expired, unless they were refreshed", async () => {
    const { connect, clock } = createWorld({
      wallNow: () => clock.now(),
      authenticate: ({ token }) => ({ userId: "u", expiresAt: Number(token) }),
      limits: { expiryGraceMs: 5_000 },
    });
    const kept = await connect();
    const lapsed = await connect();
    await kept.ask(1, "session.authenticate", { token: "10000" });
    await lapsed.ask(1, "session.authenticate", { token: "10000" });
    await clock.advance(11_000);
    await kept.ask(2, "session.authenticate", { token: "100000" });
    await clock.advance(6_000);
    expect(lapsed.closed?.code).toBe(4401);
    expect(kept.closed).toBeNull();
  });

  it.each([[undefined], [{}], [{ token: 1 }], [{ token: "" }]])(
    "answers INVALID_PARAMS to %j",
    async (params) => {
      const { connect } = createWorld({ authenticate: byToken });
      const client = await connect();
      const answer = await client.ask(1, "session.authenticate", params);
      expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
    },
  );

  it("is unknown to a server that asks for no credentials", async () => {
    const { connect } = createWorld();
    const client = await connect();
    const answer = await client.ask(1, "session.authenticate", { token: "t" });
    expect(answer?.error?.data.code).toBe("METHOD_NOT_FOUND");
  });

  it("is refused TOO_MANY_PENDING at maxPendingAuthorizations; with the upgrade, closed 1013", async () => {
    const { connect, clock } = createWorld({
      authenticate: () => new Promise(() => {}),
      limits: { maxPendingAuthorizations: 1 },
    });
    const first = await connect();
    const second = await connect();
    first.request(1, "session.authenticate", { token: "t" });
    second.request(1, "session.authenticate", { token: "t" });
    await clock.advance(5);
    expect(first.heard).toEqual([]);
    expect(second.answer(1)?.error?.data.code).toBe("TOO_MANY_PENDING");
    const third = await connect({ credentials: { token: "t", source: "header" } });
    expect(third.closed?.code).toBe(1013);
  });
});

describe("credentials of the upgrade", () => {
  it("W-3.3 authenticate the session before its first message is done", async () => {
    const { connect, server, clock } = createWorld({
      authenticate: async ({ token, source }) => ({ userId: `${source}:${token}` }),
    });
    server.method("who", (_params, { session }) => session.userId);
    const client = await connect({ credentials: { token: "t", source: "header" } });
    client.request(1, "who");
    await clock.advance(5);
    expect(client.answer(1)?.result).toBe("header:t");
  });

  it("W-3.3 that are refused close with 4401", async () => {
    const { connect } = createWorld({ authenticate: byToken });
    const client = await connect({ credentials: { token: "bad", source: "cookie" } });
    expect(client.closed?.code).toBe(4401);
  });

  it("are ignored where the server asks for none", async () => {
    const { connect } = createWorld();
    const client = await connect({ credentials: { token: "t", source: "header" } });
    expect((await client.ask(1, "session.ping"))?.result).toBeNull();
  });
});

describe("session.hello", () => {
  it("W-3.1 names the protocol, and may be said once", async () => {
    const { connect } = createWorld();
    const client = await connect();
    const answer = await client.ask(1, "session.hello", { session: secret(1) });
    expect(answer?.result).toMatchObject({ protocol: "orderly.v1", dedupWindowMs: 300_000 });
    const again = await client.ask(2, "session.hello", { session: secret(1) });
    expect(again?.error?.data.code).toBe("INVALID_REQUEST");
  });

  it.each([[undefined], [{ session: 1 }], [{ session: "ABCDEF" }], [{ session: `${secret(1)}0` }]])(
    "answers INVALID_PARAMS to %j",
    async (params) => {
      const { connect } = createWorld();
      const client = await connect();
      const answer = await client.ask(1, "session.hello", params);
      expect(answer?.error?.data.code).toBe("INVALID_PARAMS");
    },
  );

  it("W-3.2 replaces the older connection of the same session, with 4410", async () => {
    const { connect, server } = createWorld();
    const first = await connect();
    await first.ask(1, "session.hello", { session: secret(1) });
    const key = server.sessions[0]?.key;
    const second = await connect();
    await second.ask(1, "session.hello", { session: secret(1) });
    expect(first.closed?.code).toBe(4410);
    expect(server.sessions.map((session) => session.key)).toEqual([key]);
    expect(key).not.toBe(secret(1));
  });

  it("W-3.2 with another principal's secret is FORBIDDEN and closed 4403", async () => {
    const { connect, server } = createWorld({ authenticate: byToken });
    const owner = await connect();
    await owner.ask(1, "session.hello", { session: secret(1) });
    await owner.ask(2, "session.authenticate", { token: "u" });
    const thief = await connect();
    expect((await thief.ask(1, "session.hello", { session: secret(1) }))?.result).toBeDefined();
    const answer = await thief.ask(2, "session.authenticate", { token: "v" });
    expect(answer?.error?.data.code).toBe("FORBIDDEN");
    expect(thief.closed?.code).toBe(4403);
    const late = await connect({ credentials: { token: "v", source: "header" } });
    expect((await late.ask(1, "session.hello", { session: secret(1) }))?.error?.data.code).toBe(
      "FORBIDDEN",
    );
    expect(late.closed?.code).toBe(4403);
    expect(owner.closed).toBeNull();
    expect(server.sessions.map((session) => session.userId)).toEqual(["u"]);
  });
});
