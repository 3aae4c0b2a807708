import { beforeAll, describe, expect, it } from "vitest";
import { jsonRpc } from "../../src/protocol/json-rpc/json-rpc-protocol.ts";
import type { RecordingError } from "../../src/recording/index.ts";
import { replaySession } from "../../src/recording/index.ts";
import { recordedWorld } from "./support.ts";

let lines: readonly string[];

beforeAll(async () => {
  const { session, clock, server, recorded, text, network } = recordedWorld({
    credentials: async () => "good-credentials",
  });
  session.connect();
  const topic = session.subscribe("a");
  topic.on("event", async () => {});
  await clock.advance(10);
  server.topic("a").publish(1);
  network.link()?.inject("toClient", Uint8Array.of(1, 2, 3));
  await clock.advance(10);
  session.close();
  await clock.advance(10);
  recorded.end();
  lines = text().split("\n").slice(0, -1);
});

async function errorOf(changed: readonly string[], end = "\n"): Promise<RecordingError> {
  return replaySession(changed.join("\n") + end).then(
    () => {
      throw new Error("it replayed");
    },
    (error: RecordingError) => error,
  );
}

const indexOf = (part: string): number => lines.findIndex((line) => line.includes(part));

describe("a recording that is damaged", () => {
  it("is refused with the line, whichever line is missing", async () => {
    expect(lines.length).toBeGreaterThan(40);
    for (let index = 1; index < lines.length - 1; index += 1) {
      const error = await errorOf(lines.toSpliced(index, 1));
      expect([error.name, error.line > 0, error.line <= lines.length]).toEqual([
        "RecordingError",
        true,
        true,
      ]);
    }
  });

  it("is refused with the line, whichever line comes twice", async () => {
    for (let index = 1; index < lines.length; index += 1) {
      const twice = lines.toSpliced(index, 0, lines[index] as string);
      expect(await errorOf(twice)).toMatchObject({ name: "RecordingError" });
    }
  });

  it("is refused with the line, whichever line is no JSON, or none of ours", async () => {
    for (const broken of [
      '{"in":"rec',
      "7",
      "null",
      "[]",
      "{}",
      '{"in":"fired"}',
      '{"in":"a","out":"b"}',
    ]) {
      const error = await errorOf(lines.with(5, broken));
      expect(error).toMatchObject({ code: "RECORDING_SYNTAX", line: 6 });
    }
    const depth = await errorOf(lines.with(5, '{"in":"fired","atMs":1,"depth":0.5}'));
    expect(depth.code).toBe("RECORDING_SYNTAX");
  });

  it("is refused where a record names what there is not", async () => {
    const at = indexOf('"in":"received"');
    for (const wrong of [
      '{"in":"received","atMs":1,"epoch":9,"text":""}',
      '{"in":"received","atMs":1,"epoch":1,"base64":"*"}',
      '{"in":"fired","atMs":1,"timer":99}',
      '{"in":"settled","atMs":1,"run":99}',
      '{"in":"exploded","atMs":1}',
      '{"in":"call","atMs":1,"object":7,"method":"on","args":[]}',
      '{"in":"call","atMs":1,"object":0,"method":"constructor","args":[]}',
      '{"in":"call","atMs":1,"object":0,"method":"toString","args":[]}',
      '{"in":"call","atMs":1,"object":0,"method":"connect"}',
    ]) {
      const error = await errorOf(lines.toSpliced(at, 0, wrong));
      expect(error).toMatchObject({ code: "RECORDING_INCONSISTENT", line: at + 1 });
    }
  });

  it.each(["[-1]", "[]", '"x"', '[{"$orderly":"literal"}]'])(
    "is refused where a policy's settings make none: %s",
    async (settings) => {
      const at = indexOf('"method":"subscribe"');
      const policy = `{"$orderly":"policy","type":"sample","settings":${settings}}`;
      const broken = (lines[at] as string).replace(/"args":\[.*?\]/, `"args":["a",${policy}]`);
      const error = await errorOf(lines.with(at, broken));
      expect(error).toMatchObject({ code: "RECORDING_INCONSISTENT", line: at + 1 });
    },
  );

  it.each([
    ["", "RECORDING_HEADER"],
    ["{}", "RECORDING_HEADER"],
    ["not a recording", "RECORDING_HEADER"],
    ['{"recording":2,"protocol":"default","options":{}}', "RECORDING_VERSION"],
    ['{"recording":1,"protocol":"kis","options":{}}', "REPLAY_PROTOCOL"],
    ['{"recording":1,"protocol":"default","options":{"url":"ftp://x"}}', "RECORDING_INCONSISTENT"],
    ['{"recording":1,"protocol":"default","options":null}', "RECORDING_INCONSISTENT"],
  ])("is refused for the header %j", async (header, code) => {
    expect(await errorOf(lines.with(0, header))).toMatchObject({ code, line: 1 });
  });

  it("is refused unread when it is longer than allowed", async () => {
    const text = lines.join("\n");
    const tooLarge = replaySession(text, { maxCharacters: 1_000 });
    await expect(tooLarge).rejects.toMatchObject({ code: "RECORDING_TOO_LARGE", line: 0 });
  });

  it("replays up to a line that was cut off in the middle, and says so", async () => {
    const torn = lines.slice(0, 20).join("\n") + (lines[20] ?? "").slice(0, 10);
    const replay = await replaySession(torn);
    expect(replay).toMatchObject({ isComplete: false, isTorn: true });
  });
});

describe("a session that does something else", () => {
  it("replays though its line ends are those of another system", async () => {
    const replay = await replaySession(`${lines.join("\r\n")}\r\n`);
    expect(replay).toMatchObject({ isComplete: true, isTorn: false });
  });

  it("diverges at the first line that differs, and both lines are told", async () => {
    const at = indexOf('"out":"send"');
    const changed = lines.with(at, (lines[at] as string).replace("hello", "hallo"));
    const error = await errorOf(changed);
    expect(error).toMatchObject({ code: "REPLAY_DIVERGED", line: at + 1, expected: changed[at] });
    expect(error.actual).toBe(lines[at]);
    expect(error.message).not.toContain("hello");
  });

  it("diverges where it does less", async () => {
    const more = lines.toSpliced(-1, 0, '{"out":"send","atMs":20,"epoch":1,"text":"more"}');
    const error = await errorOf(more);
    expect(error).toMatchObject({ code: "REPLAY_DIVERGED", line: lines.length });
    expect(error.actual).toBeUndefined();
  });

  it("diverges with another protocol's messages, not by an exception", async () => {
    const other = { ...jsonRpc, name: "default", subprotocols: ["other"] };
    const replay = replaySession(`${lines.join("\n")}\n`, { protocol: other });
    await expect(replay).rejects.toMatchObject({ code: "REPLAY_DIVERGED" });
  });

  it("can be looked at in the middle", async () => {
    const at = lines.findIndex((line) => line.includes('"to":"subscribed"')) + 1;
    const replay = await replaySession(`${lines.join("\n")}\n`, { untilLine: at });
    expect(replay.session.state).toBe("subscribed");
  });
});
