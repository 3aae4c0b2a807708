import { describe, expect, it } from "vitest";
import type { CredentialsSource } from "../../src/session/session-options.ts";
import { PeerFailure } from "../session/support/scripted-peer.ts";
import {
  failureOf,
  type PeerWorld,
  type SessionSettings,
  settled,
  withPeer,
} from "../session/support/world.ts";

const UNAUTHENTICATED = -32_001;
const HALF_DONE = -32_603;

const refuse = (): never => {
  throw new PeerFailure(UNAUTHENTICATED, { code: "UNAUTHENTICATED" });
};

/** A session that has presented credentials which live for so long. */
async function withLife(
  expiresInMs: number,
  credentials: CredentialsSource,
  settings: SessionSettings = {},
): Promise<PeerWorld> {
  const world = await withPeer({ connected: false, credentials, ...settings });
  world.peer.on("session.authenticate", () => ({ userId: "ann", expiresInMs }));
  world.session.connect();
  await world.clock.advance(4);
  expect(world.session.state).toBe("authenticated");
  return world;
}

const presented = ({ peer }: PeerWorld): readonly unknown[] =>
  peer.calls("session.authenticate").map(({ params }) => (params as { token: string }).token);

describe("the first credentials of a connection", () => {
  it("are presented before anything else; what was asked for meanwhile follows in its order", async () => {
    const { session, clock, peer, states } = await withPeer({ connected: false, credentials: "t" });
    peer.on("m", () => 1);
    const connect = session.connect();
    const tokens = [session.request("m"), session.subscribe("a").token];
    expect(session.notify("n")).toBe("queued");
    await clock.advance(10);
    expect(peer.methods).toEqual(["session.authenticate", "m", "topic.subscribe", "n"]);
    expect([connect, ...tokens].map(settled)).toEqual(Array(3).fill(["acked", "frame"]));
    expect(states.slice(1, 4)).toEqual(["connected", "authenticating", "authenticated"]);
  });

  it("that the peer refuses bring the session to error, and all that waited fails", async () => {
    const { session, clock, peer, errors } = await withPeer({ connected: false, credentials: "t" });
    peer.on("session.authenticate", refuse);
    session.connect();
    const tokens = [session.request("m"), session.subscribe("a").token];
    session.notify("n");
    await clock.advance(10);
    expect([session.state, session.reconnectAt, clock.pendingTimers]).toEqual(["error", null, 0]);
    expect(tokens.map(settled)).toEqual(Array(2).fill(["failed", "SESSION_FAILED"]));
    expect((await failureOf(session.connect())).cause).toMatchObject({
      code: "AUTHENTICATION_REFUSED",
      peer: { code: "UNAUTHENTICATED" },
    });
    expect(errors[0]).toBe("AUTHENTICATION_REFUSED");
    expect(peer.closed).toEqual([1_006]);
  });

  it.each([
    ["throws", (): string => fail()],
    ["rejects", async (): Promise<string> => fail()],
  ])(
    "that a callback has none of, since it %s, are asked for on another connection",
    async (_name, give) => {
      let calls = 0;
      const { session, clock, errors, peer } = await withPeer({
        credentials: () => {
          calls += 1;
          return calls === 1 ? give() : "good";
        },
      });
      const request = session.request("m");
      peer.on("m", () => 1);
      await clock.advance(1_000);
      expect(errors).toEqual(["CREDENTIALS_FAILED", "CONNECTION_LOST"]);
      expect([session.state, session.epoch, request.outcome]).toEqual([
        "authenticated",
        2,
        "acked",
      ]);
    },
  );

  it("that a callback never brings hold back what waits for them until its own deadline", async () => {
    const { session, clock, peer, errors } = await withPeer({
      credentials: () => new Promise(() => {}),
    });
    const request = session.request("m", undefined, { deadlineMs: 300 });
    await clock.advance(300);
    expect(settled(request)).toEqual(["failed", "DEADLINE_BEFORE_WRITE"]);
    expect([session.state, peer.methods, errors]).toEqual([
      "authenticating",
      [],
      ["DEADLINE_BEFORE_WRITE"],
    ]);
    const close = session.close({ deadlineMs: 500 });
    await clock.advance(500);
    expect(await close).toMatchObject({ elapsedMs: 500, closeCode: 1_006 });
    await clock.advance(1);
    expect([session.state, clock.pendingTimers]).toEqual(["closed", 0]);
  });

  it.each([
    ["are not answered", "DEADLINE_EXCEEDED", () => undefined],
    [
      "are answered by an error that proves nothing",
      "METHOD_FAILED",
      () => {
        throw new PeerFailure(HALF_DONE);
      },
    ],
    ["are answered by an impossible shape", "BAD_ANSWER", () => ({ userId: 1, expiresInMs: null })],
  ])("that %s are presented once more, on another connection", async (_how, code, answer) => {
    const world = await withPeer({ connected: false, credentials: "t", requestTimeoutMs: 50 });
    const { session, clock, peer, errors } = world;
    peer.on("session.authenticate", (_params, { connection }) =>
      connection === 1 ? answer() : { userId: "ann", expiresInMs: null },
    );
    session.connect();
    await clock.advance(2_000);
    expect(errors).toEqual([code, "CONNECTION_LOST"]);
    expect([session.state, session.epoch, presented(world)]).toEqual([
      "authenticated",
      2,
      ["t", "t"],
    ]);
  });

  it("that cannot be encoded are as good as refused", async () => {
    const { session, clock, errors } = await withPeer({ credentials: () => 1n as never });
    await clock.advance(10);
    expect([session.state, errors]).toEqual(["error", ["NOT_ENCODABLE"]]);
  });

  it("go to the next connection where the link is lost before their answer", async () => {
    const world = await withPeer({ connected: false, credentials: "t" });
    const { session, clock, network, peer, errors } = world;
    peer.on("m", () => 1);
    session.connect();
    await clock.advance(3.5);
    const request = session.request("m");
    network.link()?.cut();
    await clock.advance(1_000);
    expect([presented(world), settled(request)]).toEqual([
      ["t", "t"],
      ["acked", "frame"],
    ]);
    expect([session.epoch, errors]).toEqual([2, ["CONNECTION_LOST"]]);
    expect(peer.calls("m").map(({ connection }) => connection)).toEqual([2]);
  });
});

describe("fresh credentials", () => {
  it("are asked for 30 s ahead of the end, and change no state", async () => {
    let count = 0;
    const world = await withLife(100_000, () => `token ${++count}`);
    const { clock, session, states, errors } = world;
    session.subscribe("a");
    await clock.advance(10);
    const before = states.length;
    await clock.advance(69_900);
    expect(presented(world)).toEqual(["token 1"]);
    await clock.advance(200);
    expect(presented(world)).toEqual(["token 1", "token 2"]);
    await clock.advance(70_000);
    expect(presented(world)).toEqual(["token 1", "token 2", "token 3"]);
    expect([states.length, session.state, errors]).toEqual([before, "subscribed", []]);
  });

  it("are asked for at two thirds of a short life", async () => {
    const world = await withLife(3_000, () => "t");
    await world.clock.advance(1_990);
    expect(presented(world)).toHaveLength(1);
    await world.clock.advance(20);
    expect(presented(world)).toHaveLength(2);
  });

  it("are asked for in time after a life that no timer can hold", async () => {
    const world = await withLife(3_000_000_000, () => "t", { pingIntervalMs: Infinity });
    await world.clock.advance(2_999_969_000);
    expect(presented(world)).toHaveLength(1);
    await world.clock.advance(1_010);
    expect(presented(world)).toHaveLength(2);
  });

  it("are not asked for where the token is fixed, or lives for ever", async () => {
    const fixed = await withLife(3_000, "t", { pingIntervalMs: Infinity });
    expect(fixed.clock.pendingTimers).toBe(0);
    const endless = await withPeer({ credentials: () => "t", pingIntervalMs: Infinity });
    expect([endless.session.state, endless.clock.pendingTimers]).toEqual(["authenticated", 0]);
  });

  it("that fail are asked for once more after half of what is left, and not in the last second", async () => {
    let isSealed = false;
    const left: number[] = [];
    const world = await withLife(90_000, () => {
      if (!isSealed) return "t";
      left.push(Math.round((90_004 - world.clock.now()) / 1_000));
      return fail();
    });
    isSealed = true;
    await world.clock.advance(89_999);
    expect(left).toEqual([30, 15, 8, 4, 2, 1]);
    await world.clock.advance(5_000);
    expect(world.session.state).toBe("authenticated");
    expect(world.errors).toEqual(left.map(() => "CREDENTIALS_FAILED"));
  });

  it("that are refused, or not answered, are told as an error, and the session goes on", async () => {
    const world = await withLife(90_000, () => "t", { requestTimeoutMs: 100 });
    const { clock, session, peer, errors } = world;
    peer.mute("session.authenticate");
    await clock.advance(60_200);
    peer.on("session.authenticate", refuse);
    await clock.advance(30_000);
    expect(errors).toEqual(["DEADLINE_EXCEEDED", "AUTHENTICATION_REFUSED"]);
    expect([session.state, session.epoch]).toEqual(["authenticated", 1]);
    peer.on("m", () => 1);
    const request = session.request("m");
    await clock.advance(10);
    expect(request.outcome).toBe("acked");
  });

  it("that are answered too late are not asked about any more: the next ones are", async () => {
    const world = await withLife(90_000, () => "t", { requestTimeoutMs: 100 });
    const { clock, session, peer, errors } = world;
    peer.mute("session.authenticate");
    await clock.advance(60_200);
    const [, second] = peer.calls("session.authenticate");
    peer.say({ jsonrpc: "2.0", id: second?.id, error: { code: UNAUTHENTICATED, message: "no" } });
    peer.on("session.authenticate", () => ({ userId: "ann", expiresInMs: null }));
    await clock.advance(60_000);
    expect([presented(world).length, errors]).toEqual([3, ["DEADLINE_EXCEEDED"]]);
    expect(session.state).toBe("authenticated");
  });

  it("of an older connection are not listened to", async () => {
    const given: ((token: string) => void)[] = [];
    const world = await withPeer({ credentials: () => new Promise((give) => given.push(give)) });
    const { clock, network, session } = world;
    network.link()?.cut();
    await clock.advance(1_000);
    given[0]?.("old");
    await clock.advance(10);
    expect([presented(world), session.state]).toEqual([[], "authenticating"]);
    given[1]?.("new");
    await clock.advance(10);
    expect([presented(world), session.state]).toEqual([["new"], "authenticated"]);
  });
});

describe("a close, and credentials", () => {
  it("lets no fresh ones be asked for while it drains", async () => {
    const world = await withLife(300, () => "t");
    const { clock, session, peer } = world;
    peer.mute("m");
    session.request("m", undefined, { deadlineMs: Infinity });
    session.close({ deadlineMs: 2_000 });
    await clock.advance(2_000);
    expect([presented(world), session.state]).toEqual([["t"], "closed"]);
  });

  it("lets none follow its bye that were being asked for when it was called", async () => {
    const given: ((token: string) => void)[] = [];
    let isFirst = true;
    const world = await withLife(300, () => {
      const wasFirst = isFirst;
      isFirst = false;
      return wasFirst ? "t" : new Promise((give) => given.push(give));
    });
    const { clock, session, peer } = world;
    await clock.advance(250);
    expect(given).toHaveLength(1);
    peer.mute("session.bye");
    session.close({ deadlineMs: 500 });
    await clock.advance(10);
    given[0]?.("fresh");
    await clock.advance(600);
    expect([peer.methods.at(-1), session.state]).toEqual(["session.bye", "closed"]);
  });

  it("goes on when fresh ones are answered, and plans none behind that", async () => {
    const world = await withLife(300, () => "t");
    const { clock, session, peer } = world;
    peer.mute("session.authenticate");
    await clock.advance(205);
    const close = session.close({ deadlineMs: 1_000 });
    peer.answer(peer.calls("session.authenticate")[1], { userId: "ann", expiresInMs: 30 });
    await clock.advance(1_000);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
    expect([presented(world), peer.methods.at(-1)]).toEqual([["t", "t"], "session.bye"]);
  });

  it.each([
    ["were just presented", 205],
    ["were given up before", 295],
  ])("goes on without the answer to fresh ones that %s", async (_when, closesAtMs) => {
    const world = await withLife(300, () => "t", { requestTimeoutMs: 50 });
    const { clock, session, peer } = world;
    peer.mute("session.authenticate");
    await clock.advance(closesAtMs);
    const close = session.close({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
    expect(peer.methods.at(-1)).toBe("session.bye");
  });

  it("goes on when fresh ones are refused", async () => {
    const world = await withLife(300, () => "t");
    const { clock, session, peer, errors } = world;
    peer.on("session.authenticate", refuse);
    await clock.advance(200.5);
    const close = session.close({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000 });
    expect(errors).toEqual(["AUTHENTICATION_REFUSED"]);
  });

  it("waits for the first ones; where they are refused all that waited fails, and bye is said", async () => {
    const { session, clock, peer, states } = await withPeer({ connected: false, credentials: "t" });
    peer.on("session.authenticate", refuse);
    session.connect();
    await clock.advance(2.5);
    const tokens = [session.request("m"), session.subscribe("a").token];
    const close = session.close();
    await clock.advance(20);
    expect(tokens.map(settled)).toEqual([
      ["failed", "AUTHENTICATION_REFUSED"],
      // As certainly without effect: the close made it moot before it was sent.
      ["superseded", "SUPERSEDED"],
    ]);
    expect(peer.methods).toEqual(["session.authenticate", "session.bye"]);
    expect(await close).toMatchObject({ clean: true, closeCode: 1_000, unknown: [] });
    expect([states.at(-1), clock.pendingTimers]).toEqual(["closed", 0]);
  });

  it("ends with the link where nobody can judge the first ones", async () => {
    const { session, clock, peer } = await withPeer({
      connected: false,
      credentials: "t",
      requestTimeoutMs: 50,
    });
    peer.mute("session.authenticate");
    session.connect();
    await clock.advance(2.5);
    const request = session.request("m", undefined, { deadlineMs: Infinity });
    const close = session.close();
    await clock.advance(100);
    expect(settled(request)).toEqual(["failed", "NEVER_WRITTEN"]);
    expect([(await close).closeCode, session.state]).toEqual([1_006, "closed"]);
  });
});

function fail(): never {
  throw new Error("the vault is sealed");
}
