import { describe, expect, it } from "vitest";
import { Sequencer, type SequencerOptions, type SequenceSpan } from "../../src/feeds/index.ts";

type Message = SequenceSpan & { readonly name?: string };

function listening(options: Partial<SequencerOptions<Message>> = {}) {
  const told: (readonly [string, unknown])[] = [];
  const note =
    (type: string) =>
    (value: unknown): void => {
      told.push([type, value]);
    };
  const sequencer = new Sequencer<Message>(
    { seq: (message) => message, ...options },
    {
      delivered: note("delivered"),
      missing: note("missing"),
      lost: note("lost"),
      duplicated: note("duplicated"),
      regressed: note("regressed"),
      malformed: note("malformed"),
    },
  );
  return { sequencer, told };
}

describe("Sequencer", () => {
  it("begins where the feed begins, unless it is told", () => {
    const { sequencer, told } = listening();
    sequencer.push({ last: 70 });
    expect([sequencer.position, told]).toEqual([70, [["delivered", { last: 70 }]]]);
    const other = listening({ startAfter: 68 });
    other.sequencer.push({ last: 70 });
    expect(other.told).toEqual([["missing", { from: 69, to: 69 }]]);
  });

  it("follows numbers with holes of their own by the previous number that a message names", () => {
    const { sequencer, told } = listening();
    sequencer.push({ previous: 0, last: 100 });
    sequencer.push({ previous: 100, last: 250 });
    sequencer.push({ previous: 400, last: 500 });
    expect(told.slice(2)).toEqual([["missing", { from: 251, to: 400 }]]);
  });

  it("tells a message that came twice from a feed that went back", () => {
    const { sequencer, told } = listening({ maxRemembered: 2 });
    for (const last of [1, 2, 3]) sequencer.push({ last });
    told.length = 0;
    sequencer.push({ last: 3 });
    sequencer.push({ last: 2 });
    sequencer.push({ last: 1 });
    expect(told.map(([type]) => type)).toEqual(["duplicated", "duplicated", "regressed"]);
  });

  it("does not hold a message twice", () => {
    const { sequencer, told } = listening({ startAfter: 0 });
    sequencer.push({ last: 3 });
    sequencer.push({ last: 3 });
    expect([sequencer.held, told.map(([type]) => type)]).toEqual([1, ["missing", "duplicated"]]);
  });

  it("delivers a message from both sides of its position whole, and one inside another's not at all", () => {
    const { sequencer, told } = listening({ startAfter: 5 });
    sequencer.push({ first: 8, last: 9 });
    sequencer.push({ first: 4, last: 10 });
    expect(told).toEqual([
      ["missing", { from: 6, to: 7 }],
      ["delivered", { first: 4, last: 10 }],
      ["duplicated", { first: 8, last: 9 }],
    ]);
  });

  it("delivers a wide message that is held as soon as it is next, also where a narrow one inside it came first", () => {
    for (const last of [11, 20]) {
      const { sequencer, told } = listening({ startAfter: 4 });
      sequencer.push({ last: 11 });
      sequencer.push({ first: 8, last });
      expect(sequencer.missing).toEqual([{ from: 5, to: 7 }]);
      sequencer.push({ first: 9, last: 11 });
      sequencer.push({ first: 5, last: 7 });
      expect(told).toEqual([
        ["missing", { from: 5, to: 10 }],
        ["duplicated", { first: 9, last: 11 }],
        ["delivered", { first: 5, last: 7 }],
        ["delivered", { first: 8, last }],
        ["duplicated", { last: 11 }],
      ]);
    }
  });

  it("gives up nothing that a message held back has", () => {
    const { sequencer, told } = listening({ startAfter: 4 });
    sequencer.push({ last: 11 });
    sequencer.push({ first: 8, last: 20 });
    sequencer.giveUp();
    expect(told.slice(1)).toEqual([
      ["lost", { from: 5, to: 7 }],
      ["delivered", { first: 8, last: 20 }],
      ["duplicated", { last: 11 }],
    ]);
  });

  it("gives up no more than it is told to: what is missing beyond it may still come", () => {
    const { sequencer, told } = listening({ startAfter: 2 });
    sequencer.push({ last: 10 });
    sequencer.giveUp(5);
    expect([sequencer.position, sequencer.missing]).toEqual([5, [{ from: 6, to: 9 }]]);
    sequencer.push({ last: 7 });
    sequencer.push({ last: 6 });
    sequencer.giveUp(8);
    sequencer.push({ last: 9 });
    expect(told.slice(1)).toEqual([
      ["lost", { from: 3, to: 5 }],
      ["delivered", { last: 6 }],
      ["delivered", { last: 7 }],
      ["lost", { from: 8, to: 8 }],
      ["delivered", { last: 9 }],
      ["delivered", { last: 10 }],
    ]);
    expect(() => sequencer.giveUp(Number.NaN)).toThrow(RangeError);
  });

  it("passes what has no number, and refuses numbers that cannot be", () => {
    const { sequencer, told } = listening({
      seq: (message) => (message.name === undefined ? message : undefined),
    });
    sequencer.push({ last: 1, name: "keep-alive" });
    for (const span of [
      { last: 1.5 },
      { last: -1 },
      { last: Number.NaN },
      { last: 2 ** 53 },
      { first: 5, last: 4 },
      { first: 5, last: 6, previous: 5 },
      { last: 6, previous: -2 },
    ]) {
      sequencer.push(span);
    }
    expect(told.map(([type]) => type)).toEqual(["delivered", ...Array(7).fill("malformed")]);
    expect(sequencer.position).toBeUndefined();
  });

  it("restarts where a feed counts anew", () => {
    const { sequencer, told } = listening();
    sequencer.push({ last: 900 });
    sequencer.push({ last: 902 });
    sequencer.restart();
    sequencer.push({ last: 1 });
    expect(told.at(-1)).toEqual(["delivered", { last: 1 }]);
    expect([sequencer.held, sequencer.position]).toEqual([0, 1]);
  });

  it.each([
    ["maxHeld", { maxHeld: -1 }],
    ["maxRemembered", { maxRemembered: 0.5 }],
    ["startAfter", { startAfter: Number.NaN }],
  ])("refuses a %s that is none", (name, options) => {
    expect(() => listening(options)).toThrow(
      new RangeError(`${name} must be an integer from 0 up, got ${Object.values(options)[0]}`),
    );
  });
});
