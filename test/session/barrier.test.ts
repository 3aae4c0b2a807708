import { describe, expect, it } from "vitest";
import { JsonRpcCodec } from "../../src/protocol/json-rpc/json-rpc-codec.ts";
import type { Protocol } from "../../src/protocol/protocol.ts";
import { settled, withPeer } from "./support/world.ts";

/** `orderly.v1` as a peer would speak it that never answers an unsubscribe, and knows no hello, bye or ping. */
class UnackedCodec extends JsonRpcCodec {
  override encodeHello(): never {
    return null as never;
  }
  override encodeBye(): never {
    return null as never;
  }
  override encodePing(): never {
    return null as never;
  }
  override encodeBarrier(id: number): string {
    return this.encodeRequest(id, "time", undefined);
  }
}

const unacked: Protocol = {
  name: "unacked",
  subprotocols: [],
  unsubscribeProof: "barrier",
  createCodec: () => new UnackedCodec(),
};

describe("a protocol without unsubscribe acks", () => {
  it("proves an unsubscribe by the answer to a later request of the same order", async () => {
    const { session, clock, peer } = await withPeer({ protocol: unacked });
    peer.mute("topic.unsubscribe").on("time", () => 17);
    const subscription = session.subscribe("a");
    await clock.advance(10);
    peer.event("a", 3);
    const token = subscription.unsubscribe();
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "barrier"]);
    expect(await token).toEqual({ lastSeq: { a: 3 } });
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe", "time"]);
  });

  it("proves nothing by an answer of its own that comes before the barrier's", async () => {
    const { session, clock, peer } = await withPeer({ protocol: unacked });
    peer.on("time", () => undefined);
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(100);
    expect(token.outcome).toBeUndefined();
    peer.answer(peer.calls("time")[0], 17);
    await clock.advance(10);
    expect(settled(token)).toEqual(["acked", "barrier"]);
  });

  it("fails where the peer refuses the unsubscribe itself", async () => {
    const { session, clock, peer } = await withPeer({ protocol: unacked });
    peer.mute("topic.unsubscribe");
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(1);
    const { id } = peer.calls("topic.unsubscribe")[0] ?? {};
    peer.say({ jsonrpc: "2.0", id, error: { code: -32_005, message: "no" } });
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "REQUEST_REFUSED"]);
  });

  it("is unknown at the deadline where the barrier is not answered", async () => {
    const { session, clock, peer } = await withPeer({ protocol: unacked });
    peer.mute("topic.unsubscribe");
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(2_000);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
  });

  it("is unknown where there is no barrier either", async () => {
    class NoBarrier extends UnackedCodec {
      override encodeBarrier(): never {
        return null as never;
      }
    }
    const protocol = { ...unacked, createCodec: () => new NoBarrier() };
    const { session, clock, peer } = await withPeer({ protocol });
    peer.mute("topic.unsubscribe");
    const subscription = session.subscribe("a");
    await clock.advance(10);
    const token = subscription.unsubscribe();
    await clock.advance(2_000);
    expect(settled(token)).toEqual(["unknown", "DEADLINE_EXCEEDED"]);
  });

  it("closes by barriers and the handshake, without a bye", async () => {
    const { session, clock, peer } = await withPeer({ protocol: unacked });
    peer.mute("topic.unsubscribe").on("time", () => 17);
    session.subscribe(["a", "b"]);
    await clock.advance(10);
    const token = session.close();
    await clock.advance(10);
    expect(await token).toMatchObject({ clean: true, unsubscribed: ["a", "b"], closeCode: 1_000 });
    expect(token.proof).toBe("local");
    expect(peer.methods).toEqual(["topic.subscribe", "topic.unsubscribe", "time"]);
  });

  it("without a ping does not take silence for a lost link", async () => {
    const { session, clock } = await withPeer({ protocol: unacked });
    await clock.advance(600_000);
    expect([session.state, session.epoch]).toEqual(["connected", 1]);
  });

  it("without a message for credentials fails authenticate() as not supported", async () => {
    class NoCredentials extends JsonRpcCodec {
      override encodeAuthenticate(): never {
        return null as never;
      }
    }
    const protocol = { ...unacked, createCodec: () => new NoCredentials() };
    const { session, clock } = await withPeer({ protocol });
    const token = session.authenticate("t");
    await clock.advance(10);
    expect(settled(token)).toEqual(["failed", "NOT_SUPPORTED"]);
    expect(session.state).toBe("error");
  });
});
