import { describe, expect, it } from "vitest";
import { createWorld, secret } from "../support/world.ts";

describe("limits on sessions", () => {
  it("W-7.7 close 1013 at maxSessions after a hello that replaces nobody", async () => {
    const { connect, server } = createWorld({ limits: { maxSessions: 1 } });
    await connect();
    const second = await connect();
    const answer = await second.ask(1, "session.hello", { session: secret(2) });
    expect(answer?.error?.data.code).toBe("TOO_MANY_SESSIONS");
    expect(second.closed?.code).toBe(1013);
    expect(server.stats()).toMatchObject({ sessions: 1, provisional: 0 });
  });

  it("W-7.7 close 4409 at maxSessionsPerAddress, by anything else than a hello", async () => {
    const { connect } = createWorld({ limits: { maxSessionsPerAddress: 1 } });
    await connect({ address: "192.0.2.1" });
    const second = await connect({ address: "192.0.2.1" });
    const other = await connect({ address: "192.0.2.2" });
    const answer = await second.ask(1, "topic.subscribe", { topics: [{ topic: "a" }] });
    expect(answer?.error?.data.code).toBe("TOO_MANY_SESSIONS");
    expect(second.closed?.code).toBe(4409);
    second.notify("work");
    expect((await other.ask(1, "session.ping"))?.result).toBeNull();
    const third = await connect({ address: "192.0.2.1" });
    third.notify("work");
    expect((await other.ask(2, "session.ping"))?.result).toBeNull();
    expect(third.closed?.code).toBe(4409);
  });

  it("W-7.7 close after handshakeTimeoutMs without a hello", async () => {
    const { connect, clock, server } = createWorld({
      limits: { maxSessions: 1, handshakeTimeoutMs: 3_000 },
    });
    await connect();
    const second = await connect();
    expect((await second.ask(1, "session.ping"))?.result).toBeNull();
    expect(server.stats().provisional).toBe(1);
    await clock.advance(5_000);
    expect(second.closed?.code).toBe(1013);
    expect(server.stats().provisional).toBe(0);
  });

  it("W-7.7 W-3.2 admit a session that replaces its older connection", async () => {
    const { connect, server } = createWorld({
      limits: { maxSessions: 1, maxSessionsPerAddress: 1, maxSessionsPerUser: 1 },
      authenticate: ({ token }) => ({ userId: token }),
    });
    const first = await connect();
    await first.ask(1, "session.hello", { session: secret(1) });
    await first.ask(2, "session.authenticate", { token: "u" });
    const second = await connect();
    await second.ask(1, "session.hello", { session: secret(1) });
    const answer = await second.ask(2, "session.authenticate", { token: "u" });
    expect(answer?.result).toMatchObject({ userId: "u" });
    expect(first.closed?.code).toBe(4410);
    expect(second.closed).toBeNull();
    expect(server.stats()).toMatchObject({ sessions: 1, users: 1, provisional: 0 });
  });

  it("W-3.2 give a replaced connection's place away before its close is through", async () => {
    const { connect, network, server } = createWorld({ limits: { maxSessions: 1 } });
    const first = await connect();
    await first.ask(1, "session.hello", { session: secret(1) });
    network.link(1)?.cut("both");
    const second = await connect();
    await second.ask(1, "session.hello", { session: secret(1) });
    expect(server.stats().sessions).toBe(1);
    expect(first.closed).toBeNull();
    const third = await connect();
    await third.ask(1, "session.hello", { session: secret(1) });
    expect(second.closed?.code).toBe(4410);
    expect(third.closed).toBeNull();
  });

  it("count a replacement at its new address, and leave the old connection where that is full", async () => {
    const { connect } = createWorld({ limits: { maxSessionsPerAddress: 1 } });
    const first = await connect({ address: "192.0.2.1" });
    await first.ask(1, "session.hello", { session: secret(1) });
    await connect({ address: "192.0.2.2" });
    const second = await connect({ address: "192.0.2.2" });
    await second.ask(1, "session.hello", { session: secret(1) });
    expect(second.closed?.code).toBe(4409);
    expect(first.closed).toBeNull();
  });

  it("W-7.7 refuse a hello at once that cannot replace anybody, credentials or not", async () => {
    const { connect } = createWorld({
      limits: { maxSessions: 1 },
      authenticate: ({ token }) => ({ userId: token }),
    });
    await connect();
    const second = await connect();
    await second.ask(1, "session.hello", { session: secret(9) });
    expect(second.closed?.code).toBe(1013);
  });

  it("W-7.7 close 4409 at maxSessionsPerUser", async () => {
    const { connect, server } = createWorld({
      limits: { maxSessionsPerUser: 1 },
      authenticate: ({ token }) => ({ userId: token }),
    });
    const first = await connect({ credentials: { token: "u", source: "header" } });
    await first.ask(1, "session.hello", { session: secret(1) });
    const second = await connect();
    const answer = await second.ask(1, "session.authenticate", { token: "u" });
    expect(answer?.error?.data.code).toBe("TOO_MANY_SESSIONS");
    expect(second.closed?.code).toBe(4409);
    // Credentials that came with the upgrade cannot come after the hello, so they wait for it.
    const third = await connect({ credentials: { token: "u", source: "header" } });
    expect(server.stats().provisional).toBe(1);
    expect((await third.ask(1, "session.hello", { session: secret(1) }))?.result).toBeDefined();
    expect(first.closed?.code).toBe(4410);
    expect(server.stats()).toMatchObject({ sessions: 1, users: 1, provisional: 0 });
  });

  it("close at once what comes above maxPendingHandshakes", async () => {
    const { connect } = createWorld({ limits: { maxSessions: 1, maxPendingHandshakes: 1 } });
    await connect();
    const second = await connect();
    const third = await connect();
    expect(second.closed).toBeNull();
    expect(third.closed?.code).toBe(1013);
  });

  it("give the place back when a session goes, however it goes", async () => {
    const { connect, clock, server, network } = createWorld({ limits: { maxSessions: 1 } });
    const first = await connect();
    first.close();
    await clock.advance(5);
    await connect();
    network.link()?.cut();
    await clock.advance(5);
    const third = await connect();
    expect((await third.ask(1, "session.hello", { session: secret(1) }))?.result).toBeDefined();
    expect(server.stats().sessions).toBe(1);
  });
});

describe("server.sessions", () => {
  it("lists sessions that are admitted and authenticated, and tells when they come and go", async () => {
    const { connect, clock, server } = createWorld({
      authenticate: ({ token }) => ({ userId: token }),
    });
    const seen: string[] = [];
    server.on("opened", (session) => seen.push(`opened ${session.userId}`));
    server.on("closed", (session) => seen.push(`closed ${session.userId}`));
    const anonymous = await connect();
    const known = await connect();
    expect(server.sessions).toEqual([]);
    await known.ask(1, "session.authenticate", { token: "u" });
    expect(server.sessions.map((session) => session.userId)).toEqual(["u"]);
    anonymous.close();
    known.close();
    await clock.advance(5);
    expect(seen).toEqual(["opened u", "closed u"]);
  });

  it("finds all devices of a user, and notifies them", async () => {
    const { connect, clock, server } = createWorld({
      authenticate: ({ token }) => ({ userId: token }),
    });
    const devices = [await connect(), await connect(), await connect()];
    for (const device of devices) await device.ask(1, "session.authenticate", { token: "u" });
    devices[1]?.close();
    await clock.advance(5);
    expect(server.notifyUser("u", "alert", { text: "hi" })).toBe(2);
    expect(server.notifyUser("nobody", "alert", {})).toBe(0);
    await clock.advance(5);
    expect(devices.map((device) => device.heardOf("alert"))).toEqual([
      [{ text: "hi" }],
      [],
      [{ text: "hi" }],
    ]);
  });
});
