import type { EventEmitter } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as ws from "ws";
import { frameTexts } from "../../src/transport/client-frames.ts";

/** What `ws` exports beside its types. */
interface Receiver extends EventEmitter {
  write(bytes: Buffer): void;
}

const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { readonly isServer: boolean }) => Receiver;
};

/** What a server that is not ours reads from the bytes. */
function read(bytes: Buffer): string[] {
  const receiver = new Receiver({ isServer: true });
  const texts: string[] = [];
  let failure: Error | undefined;
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    texts.push(isBinary ? "binary" : String(data));
  });
  receiver.on("error", (error: Error) => {
    failure = error;
  });
  receiver.write(bytes);
  if (failure !== undefined) throw failure;
  return texts;
}

/** Lengths around those at which a frame's head changes, and at which a frame outgrows what is kept for it. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.constantFrom(31, 41, 62, 63, 125, 126, 5_461))
    .map(([unit, times]) => unit.repeat(times)),
);

describe("frames of a client", () => {
  it("are read by a server as the texts that they were made of", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
        // A half of a surrogate pair is no text; UTF-8 has a sign that stands for it.
        expect(read(frameTexts(texts))).toEqual(texts.map((one) => String(Buffer.from(one))));
      }),
      { numRuns: 500 },
    );
  });

  it.each([125, 126, 65_535, 65_536, 200_000])("hold %d bytes", (length) => {
    const texts = ["before", "x".repeat(length), "behind"];
    expect(read(frameTexts(texts))).toEqual(texts);
  });

  it("are masked, each with a key of its own", () => {
    const frame = frameTexts(["a"]);
    const one = frameTexts(new Array<string>(5_000).fill("a"));
    expect(one.length).toBe(5_000 * frame.length);
    const keys = new Set<number>();
    for (let at = 0; at < one.length; at += frame.length) {
      expect((one[at + 1] as number) & 0x80).toBe(0x80);
      keys.add(one.readInt32BE(at + 2));
    }
    // Some of 5,000 random keys of 32 bits may be the same, but hardly so many.
    expect(keys.size).toBeGreaterThan(4_990);
  });

  it("are not changed by those that are made later", () => {
    const first = frameTexts(["first"]);
    frameTexts(["second, and longer"]);
    expect(read(first)).toEqual(["first"]);
  });
});
