import { describe, expect, it } from "vitest";
import { fromParams, toParams } from "../../src/protocol/json-rpc/params.ts";
import { whole } from "./support/client.ts";
import { settled, withPeer, withServer } from "./support/world.ts";

const encodesItself = { toJSON: () => "12.50" };

const VALUES: readonly (readonly [string, unknown, unknown])[] = [
  ["a text", "text", "text"],
  ["an empty text", "", ""],
  ["a number", 0, 0],
  ["false", false, false],
  ["null", null, null],
  ["nothing", undefined, undefined],
  ["an object", { a: [1] }, { a: [1] }],
  ["an empty array", [], []],
  ["an array of one", ["a"], ["a"]],
  ["an array of one array", [["a"]], [["a"]]],
  ["an array of several", [1, null, 3], [1, null, 3]],
  ["what encodes itself", encodesItself, "12.50"],
];

describe("W-6.6 the one parameter", () => {
  it.each(VALUES)("(%s) reaches a method as it was given", async (_name, value, arrives) => {
    const { session, clock, server } = await withServer();
    const seen: unknown[] = [];
    server.method("m", (params) => {
      seen.push(params);
      return params;
    });
    const token = session.request("m", value);
    session.notify("m", value);
    await clock.advance(10);
    expect(seen).toEqual([arrives, arrives]);
    expect(await token).toEqual(arrives ?? null);
  });

  whole.each(VALUES)(
    "(%s) of a server's notification reaches its handler",
    async (_name, value, arrives) => {
      const { session, clock, server } = await withServer();
      const seen: unknown[] = [];
      session.onNotification(({ params }) => {
        seen.push(params);
      });
      server.sessions[0]?.notify("alert", value);
      server.notifyUser("nobody", "alert", value);
      await clock.advance(10);
      expect(seen).toEqual([arrives]);
    },
  );

  it.each(VALUES)(
    "(%s) is always what JSON-RPC allows: an object, an array or nothing",
    (_name, value) => {
      const text = JSON.stringify({ params: toParams(value) });
      expect(text).toMatch(/^\{("params":[{[].*)?\}$/);
    },
  );

  it("hands over what foreign callers send by position", () => {
    expect([[], ["a"], ["a", "b"], { a: 1 }, undefined].map(fromParams)).toEqual([
      undefined,
      "a",
      ["a", "b"],
      { a: 1 },
      undefined,
    ]);
  });

  it("is refused where it is no JSON at all", async () => {
    const { session, clock, peer } = await withPeer();
    const tokens = [session.request("m", () => {}), session.request("m", Symbol("s"))];
    await clock.advance(10);
    expect(tokens.map(settled)).toEqual(Array(2).fill(["failed", "NOT_ENCODABLE"]));
    expect(peer.methods).toEqual([]);
  });
});
