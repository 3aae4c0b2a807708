import { describe, expect, it } from "vitest";
import { replaySession } from "../../src/recording/index.ts";
import { RecordingTrace } from "../../src/recording/recording-trace.ts";
import { Redactor } from "../../src/recording/redactor.ts";
import { traceEnvironment } from "../../src/recording/traced-environment.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { seededRandom } from "../session/support/seeded-random.ts";
import { recordedWorld } from "./support.ts";

describe("a recording of odd values", () => {
  it("replays parameters of every kind to the same frames", async () => {
    const { session, clock, server, recorded, text, network } = recordedWorld({
      credentials: () => "good-token",
      requestTimeoutMs: Infinity,
    });
    server.method("odd", () => 1);
    const frames: string[] = [];
    network.observe(({ text: frame, direction, type }, event) => {
      if (direction === "toServer" && type === "data" && event === "sent") frames.push(frame);
    });
    session.connect();
    await clock.advance(10);
    const cycle: { self?: unknown; again?: unknown } = {};
    cycle.self = cycle;
    // Two ways round: whoever looks down to a depth looks at 2 to its power of places.
    cycle.again = cycle;
    const holes = Object.assign([1], { 2: 3, name: "no index" });
    for (const params of [
      { none: undefined, list: [undefined, Number.NaN, -Infinity, () => {}, Symbol("s")] },
      { at: new Date(0), map: new Map([[1, 2]]), $orderly: "function", id: 3 },
      JSON.parse('{"__proto__":{"a":1},"$orderly":{"$orderly":"undefined"}}'),
      [1, [2, [3]]],
      "text",
      null,
      cycle,
      { big: 1n },
      Promise.resolve(1),
      { boxed: [Object("text"), Object(1.5), Object(true)], holes, none: new Array(2) },
      { big: Object(1n) },
      { named: { toJSON: (name: string) => `called ${name}` } },
      {
        toJSON: () => {
          throw new Error("not to be written");
        },
      },
      {
        get broken() {
          throw new Error("not to be read");
        },
      },
    ]) {
      session.request("odd", params as never);
    }
    session.request("odd", {}, { signal: AbortSignal.abort() });
    await clock.advance(10);
    expect(() => session.subscribe(["a", "a"])).toThrow(TypeError);
    session.close();
    await clock.advance(50);
    recorded.end();
    expect(() => session.notify("late")).toThrow(
      expect.objectContaining({ code: "SESSION_CLOSED" }),
    );
    expect(frames.length).toBeGreaterThan(8);
    const replay = await replaySession(text());
    const sent = replay.lines.filter(({ out }) => out === "send").map((line) => line["text"]);
    const secret = /"session":"([0-9a-f]{32})"/;
    const hidden = (frame: string): string =>
      frame.replace(secret, "secret").replace("good-token", "0000000002");
    expect(sent.map((frame) => String(frame).replace(secret, "secret"))).toEqual(
      frames.map(hidden),
    );
    expect(replay.lines.filter(({ out }) => out === "threw")).toEqual([
      { out: "threw", name: "TypeError" },
    ]);
    expect(replay.session.stats()).toEqual(session.stats());
  });

  it("replays what is deeper than a server reads, and what is too deep for a frame", async () => {
    const { session, clock, recorded, text } = recordedWorld();
    session.connect();
    await clock.advance(10);
    for (const depth of [300, 50_000]) {
      let deep: unknown = 1;
      for (let level = 0; level < depth; level += 1) deep = [deep];
      session.request("odd", deep as never);
    }
    await clock.advance(10);
    recorded.end();
    const replay = await replaySession(text());
    expect(replay.session.stats()).toEqual(session.stats());
    expect(text().match(/NOT_ENCODABLE/g)?.length).toBeGreaterThan(0);
  });

  it("replays interceptors that return promises, and ends no process where one is kept or broken", async () => {
    let count = 0;
    const { session, clock, recorded, text } = recordedWorld({
      interceptors: [
        async () => {
          count += 1;
          if (count === 2) throw new Error("not now");
        },
      ] as never,
    });
    session.connect();
    session.subscribe("a");
    await clock.advance(10);
    session.unsubscribe("a");
    await clock.advance(10);
    recorded.end();
    expect(count).toBe(2);
    expect(text()).toContain('"threw":"not now"');
    expect(text()).toContain('"out":"error","code":"OBSERVER_FAILED"');
    const replay = await replaySession(text());
    expect(replay.session.stats()).toEqual(session.stats());
  });

  it("keeps what a transport can: pausing is recorded where there is such a thing", () => {
    const lines: string[] = [];
    const calls: string[] = [];
    const clock = new VirtualClock();
    const sink = { write: (line: string) => void lines.push(line), maxCharacters: 10_000 };
    const trace = new RecordingTrace(clock, sink, new Redactor());
    const environment = traceEnvironment(trace, {
      clock,
      random: seededRandom(1),
      createHandlerScope: () => {
        throw new Error("not asked for");
      },
      transport: {
        connect: () => ({
          send: () => {},
          close: () => {},
          terminate: () => {},
          bufferedBytes: 7,
          pause: () => void calls.push("pause"),
          resume: () => void calls.push("resume"),
        }),
      },
    });
    const target = { url: "ws://a/", subprotocols: [] };
    const listener = { opened: () => {}, received: () => {}, closed: () => {} };
    const connection = environment.transport.connect(target, listener);
    connection.pause?.();
    connection.resume?.();
    expect([calls, connection.bufferedBytes]).toEqual([["pause", "resume"], 7]);
    const kinds = lines.map((line) => (JSON.parse(line) as { out: string }).out);
    expect(kinds.filter((kind) => kind !== "now")).toEqual([
      "connect",
      "pause",
      "resume",
      "buffered",
    ]);
  });
});

describe("secrets in a recording", () => {
  it("are in no name of a member and in no binary frame, and it replays", async () => {
    const secrets = ["account-4711", "kontonummer-äöü", "id"];
    const { session, clock, server, recorded, text, network } = recordedWorld(
      { credentials: "good-token" },
      { secrets },
    );
    server.method("odd", (params) => params as never);
    session.connect();
    await clock.advance(10);
    const inNames = { "account-4711": { "x-kontonummer-äöü": 1, id: "id" } };
    session.request("odd", inNames as never);
    session.subscribe("orders:account-4711");
    await clock.advance(10);
    for (const secret of secrets)
      network.link()?.inject("toClient", new TextEncoder().encode(`\u0000${secret}\u00ff`));
    session.close();
    await clock.advance(10);
    recorded.end();
    const frames = [...text().matchAll(/"base64":"([^"]*)"/g)].map(([, frame = ""]) =>
      Buffer.from(frame, "base64").toString("utf8"),
    );
    expect(frames.length).toBe(3);
    const written = text() + frames.join("");
    expect(secrets.slice(0, 2).filter((secret) => written.includes(secret))).toEqual([]);
    expect(frames[0]?.length).toBe("\u0000account-4711\u00ff".length);
    const replay = await replaySession(text());
    expect(replay.session.stats()).toEqual(session.stats());
  });
});

describe("Redactor", () => {
  it("replaces secrets in bytes by as many bytes", () => {
    const redactor = new Redactor();
    redactor.add("kontonummer-äöü");
    const bytes = new TextEncoder().encode("a kontonummer-äöü \u0000");
    const cleaned = redactor.cleanBytes(bytes);
    expect(new TextDecoder().decode(cleaned)).toBe("a 000000000000000001 \u0000");
    expect(cleaned.length).toBe(bytes.length);
  });

  it("replaces short secrets only where they are a whole value", () => {
    const redactor = new Redactor();
    redactor.add("id");
    expect(redactor.clean('{"id":"id","x":["id"],"id":2,"idea":1}')).toBe(
      '{"id":"01","x":["01"],"id":2,"idea":1}',
    );
    expect([redactor.clean("id"), redactor.add("id"), redactor.add("")]).toEqual(["01", "01", ""]);
  });

  it("replaces what JSON escapes, with the same length each time", () => {
    const redactor = new Redactor();
    const replacement = redactor.add('quote"d-secret');
    expect(replacement.length).toBe(14);
    expect(redactor.clean('{"a":"quote\\"d-secret"} quote"d-secret')).toBe(
      `{"a":"${replacement}"} ${replacement}`,
    );
  });

  it("replaces a secret that begins with another one as a whole", () => {
    const redactor = new Redactor();
    const short = redactor.add("token-of-monday");
    const long = redactor.add("token-of-monday-and-tuesday");
    expect(redactor.clean("token-of-monday-and-tuesday token-of-monday")).toBe(`${long} ${short}`);
  });

  it("remembers a bounded number of secrets, the newest", () => {
    const redactor = new Redactor();
    for (let number = 0; number < 1_001; number += 1) redactor.add(`secret-token-${number}`);
    expect(redactor.clean("secret-token-1000")).not.toContain("secret");
    expect(redactor.clean("secret-token-0")).toContain("secret");
  });
});
