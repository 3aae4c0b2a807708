import { describe, expect, it } from "vitest";
import { replaySession } from "../../src/recording/index.ts";
import { SESSION_CALLS, SUBSCRIPTION_CALLS } from "../../src/recording/traced-session.ts";
import { SessionBase } from "../../src/session/session.ts";
import { Subscription } from "../../src/session/topics/subscription.ts";
import { recordedWorld } from "./support.ts";

describe("recordSession", () => {
  it("writes no credentials, no secret of the session's and none of the caller's, and still replays", async () => {
    let count = 0;
    const world = recordedWorld(
      {
        url: "ws://memory/?key=account-12345",
        credentials: () => {
          count += 1;
          return `good "quoted" token ${count}`;
        },
        reconnect: { initialDelayMs: 5 },
      },
      { secrets: ["account-12345"] },
    );
    const { session, clock, network, recorded, text } = world;
    const hellos: string[] = [];
    network.observe(({ text: frame, direction }, event) => {
      if (direction === "toServer" && event === "sent") hellos.push(frame);
    });
    session.connect();
    await clock.advance(10);
    session.request("transfer", { from: "account-12345", note: 'good "quoted" token 1' });
    await clock.advance(10);
    network.link()?.cut();
    await clock.advance(100);
    session.authenticate("good");
    await clock.advance(10);
    session.close();
    await clock.advance(50);
    recorded.end();
    const secret = /"session":"([0-9a-f]{32})"/.exec(hellos.join())?.[1] ?? "none";
    expect(hellos.join()).toContain('"token":"good"');
    for (const hidden of [secret, "quoted", "account-12345", '"good"', '\\"good\\"']) {
      expect(text()).not.toContain(hidden);
    }
    const replay = await replaySession(text());
    expect(replay.session.stats()).toEqual(session.stats());
  });

  it("stops at its limit, says so, and the session goes on", async () => {
    const { session, clock, recorded, text } = recordedWorld(
      { credentials: "good-token" },
      { maxCharacters: 1_500 },
    );
    session.connect();
    await clock.advance(10);
    expect(recorded.isOver).toBe(true);
    session.close();
    await clock.advance(50);
    expect(session.state).toBe("closed");
    expect(text().length).toBeLessThan(1_550);
    expect(recorded.characters).toBeLessThanOrEqual(1_500);
    expect(text().endsWith('{"out":"limit"}\n')).toBe(true);
    expect(await replaySession(text())).toMatchObject({ isComplete: false, isTorn: false });
  });

  it("ends, and the session goes on, when the disk is full", async () => {
    let left = 10;
    const disk = new Error("ENOSPC");
    const { session, clock, recorded } = recordedWorld(
      {},
      {
        write: () => {
          left -= 1;
          if (left === 0) throw disk;
        },
      },
    );
    session.connect();
    await clock.advance(10);
    expect([session.state, recorded.isOver, recorded.failure]).toEqual(["connected", true, disk]);
  });

  it("leaves no listener behind for each use of a signal", async () => {
    const { session, clock } = recordedWorld();
    session.connect();
    await clock.advance(10);
    let listeners = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    for (let count = 0; count < 8; count += 1) session.request("m", {}, { signal });
    await clock.advance(10);
    expect(listeners).toBe(1);
  });

  it("refuses a limit that is none", () => {
    expect(() => recordedWorld({}, { maxCharacters: 0 })).toThrow(
      new RangeError("maxCharacters must be a number above 0, got 0"),
    );
  });
});

describe("what a recording sees", () => {
  /** Calls that change nothing, or that come down to one that is recorded. */
  const HARMLESS = new Set(["constructor", "state", "epoch", "reconnectAt", "waitFor"]);

  it.each([
    ["a session", SessionBase.prototype, SESSION_CALLS, HARMLESS],
    [
      "a subscription",
      Subscription.prototype,
      SUBSCRIPTION_CALLS,
      new Set(["constructor", "token", "topics", "depth", "discardedEvents", "position", "isOver"]),
    ],
  ])("is every call that an application can make on %s", (_name, prototype, calls, harmless) => {
    const names = Object.getOwnPropertyNames(prototype).filter((name) => !harmless.has(name));
    const recorded = Object.keys(calls).filter((name) => name !== "loop");
    expect(names.toSorted()).toEqual(recorded.toSorted());
  });
});
