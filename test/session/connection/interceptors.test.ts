import { describe, expect, it } from "vitest";
import type { MessageInterceptor } from "../../../src/session/connection/interceptors.ts";
import { seqsOf } from "../support/seqs-of.ts";
import { withPeer } from "../support/world.ts";

describe("message interceptors", () => {
  it("see every inbound message in the order in which they were added, with its epoch", async () => {
    const log: string[] = [];
    const named =
      (name: string): MessageInterceptor =>
      (message, { epoch }) => {
        log.push(`${name} ${message.type} ${epoch}`);
      };
    const { session, clock, peer } = await withPeer({ interceptors: [named("1"), named("2")] });
    const remove = session.intercept(named("3"));
    peer.notify("alert", 1);
    await clock.advance(10);
    remove();
    peer.notify("session.goaway", { deadlineMs: 1_000 });
    await clock.advance(1);
    expect(log).toEqual([
      "1 answer 1",
      "2 answer 1",
      "1 notification 1",
      "2 notification 1",
      "3 notification 1",
      "1 goaway 1",
      "2 goaway 1",
    ]);
  });

  it("may put another message in a message's place", async () => {
    const { session, clock, peer } = await withPeer({
      interceptors: [
        (message) => (message.type === "event" ? { ...message, data: "changed" } : undefined),
      ],
    });
    const data: unknown[] = [];
    session.subscribe("a").on("event", (event) => {
      data.push(event.data);
    });
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    expect(data).toEqual(["changed"]);
  });

  it("may stop a message: later ones do not see it, and it is counted", async () => {
    const later: string[] = [];
    const { session, clock, peer } = await withPeer({
      interceptors: [
        (message) => (message.type === "event" ? false : undefined),
        ({ type }) => {
          later.push(type);
        },
      ],
    });
    const seen = seqsOf(session.subscribe("a"));
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    expect([seen, session.stats().intercepted, later]).toEqual([[], 1, ["answer", "answer"]]);
  });

  it("that stop an answer leave its token to its deadline", async () => {
    const { session, clock, peer } = await withPeer();
    peer.on("m", () => 1);
    session.intercept((message) => (message.type === "answer" ? false : undefined));
    const token = session.request("m");
    await clock.advance(5_000);
    expect([token.outcome, token.error?.code]).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
  });

  it("that throw are reported, and the message goes on as if they were not there", async () => {
    const { session, clock, peer, errors } = await withPeer({
      interceptors: [
        ({ type }) => {
          if (type === "event") throw new Error("broken");
        },
      ],
    });
    const seen = seqsOf(session.subscribe("a"));
    await clock.advance(10);
    peer.event("a", 1);
    await clock.advance(10);
    expect([seen, errors]).toEqual([[1], ["OBSERVER_FAILED"]]);
  });

  it("that are asynchronous, or return nonsense, are reported; no rejection is left unhandled", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    const asynchronous = (async () => {
      throw new Error("too late");
    }) as unknown as MessageInterceptor;
    const { session, clock, peer, errors } = await withPeer();
    const seen = seqsOf(session.subscribe("a"));
    await clock.advance(10);
    session.intercept(asynchronous);
    session.intercept((() => 17) as unknown as MessageInterceptor);
    peer.event("a", 1);
    await clock.advance(10);
    process.off("unhandledRejection", listener);
    expect([seen, errors, unhandled]).toEqual([[1], ["OBSERVER_FAILED", "OBSERVER_FAILED"], []]);
  });
});

describe("what a peer says that makes no sense", () => {
  it.each([
    ["not JSON", "{"],
    ["no JSON-RPC", '{"id":1,"result":1}'],
    [
      "an event without a number",
      '{"jsonrpc":"2.0","method":"topic.event","params":{"topic":"a"}}',
    ],
    ["an event without parameters", '{"jsonrpc":"2.0","method":"topic.event"}'],
    ["a gap without bounds", '{"jsonrpc":"2.0","method":"topic.gap","params":{"topic":"a"}}'],
    ["a gap without parameters", '{"jsonrpc":"2.0","method":"topic.gap","params":1}'],
    ["an end without a topic", '{"jsonrpc":"2.0","method":"topic.closed","params":{}}'],
    ["an end without parameters", '{"jsonrpc":"2.0","method":"topic.closed","params":[]}'],
    ["a goaway without a deadline", '{"jsonrpc":"2.0","method":"session.goaway"}'],
    ["an answer without result and error", '{"jsonrpc":"2.0","id":1}'],
    ["an answer without an id", '{"jsonrpc":"2.0","result":1}'],
    [
      "an error that answers nothing",
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}',
    ],
    ["an error without a number", '{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}'],
    ["a number", "7"],
    ["binary", new Uint8Array([1, 2, 3])],
  ])("(%s) is reported and ignored", async (_name, message) => {
    const { session, clock, network, errors } = await withPeer();
    network.link()?.inject("toClient", message);
    await clock.advance(10);
    expect(errors).toEqual(["PROTOCOL_VIOLATION"]);
    expect([session.state, session.stats().violations]).toEqual(["connected", 1]);
  });

  it("(an answer to nothing) is counted", async () => {
    const { session, clock, peer } = await withPeer();
    peer.say({ jsonrpc: "2.0", id: 4_711, result: 1 });
    await clock.advance(10);
    expect([session.stats().strayAnswers, session.state]).toEqual([1, "connected"]);
  });

  it("(a request) is answered METHOD_NOT_FOUND", async () => {
    const { clock, peer } = await withPeer();
    peer.say({ jsonrpc: "2.0", id: "x", method: "do.something" });
    await clock.advance(10);
    expect(peer.heardElse.map((text) => JSON.parse(text))).toMatchObject([
      { jsonrpc: "2.0", id: "x", error: { code: -32_601 } },
    ]);
  });

  it("is read one by one where a batch holds several", async () => {
    const { session, clock, peer } = await withPeer();
    const token = session.request("m");
    await clock.advance(1);
    const { id } = peer.calls("m")[0] ?? {};
    peer.say([{ jsonrpc: "2.0", id, result: "in a batch" }, 5]);
    await clock.advance(10);
    expect([await token, session.stats().violations]).toEqual(["in a batch", 1]);
  });
});
