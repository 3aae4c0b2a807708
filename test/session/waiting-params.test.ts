import { describe, expect, it } from "vitest";
import { whole } from "./support/client.ts";
import { settled, withServer } from "./support/world.ts";

async function beforeConnected(): Promise<
  Awaited<ReturnType<typeof withServer>> & { readonly seen: unknown[] }
> {
  const world = await withServer({ connected: false });
  const seen: unknown[] = [];
  world.server.method("order.place", (params) => {
    seen.push(params);
    return params;
  });
  world.session.connect();
  return { ...world, seen };
}

describe("parameters of what waits for a connection", () => {
  it("are those of the call, whatever becomes of the caller's object", async () => {
    const { session, clock, seen } = await beforeConnected();
    const order = { quantity: 1, legs: [{ symbol: "AAPL" }] };
    const request = session.request("order.place", order);
    session.notify("order.place", order);
    order.quantity = 1_000;
    order.legs[0] = { symbol: "MSFT" };
    await clock.advance(10);
    const given = { quantity: 1, legs: [{ symbol: "AAPL" }] };
    expect(seen).toEqual([given, given]);
    expect(await request).toEqual(given);
  });

  whole("are those of the call under an idempotency key, too", async () => {
    const { session, clock, seen } = await beforeConnected();
    const order = { quantity: 1 };
    session.request("order.place", order, { idempotencyKey: "order 1" });
    order.quantity = 1_000;
    await clock.advance(10);
    expect(seen).toEqual([{ quantity: 1 }]);
  });

  it("go by position where they encode themselves, even as an object", async () => {
    const { session, clock, network } = await withServer({ connected: false });
    const sent: string[] = [];
    network.rule = ({ direction, text }) => {
      if (direction === "toServer" && text.includes("order.place")) sent.push(text);
      return "deliver";
    };
    let quantity = 1;
    const order = { toJSON: () => ({ quantity }) };
    session.connect();
    session.request("order.place", order);
    quantity = 1_000;
    await clock.advance(10);
    session.request("order.place", order);
    await clock.advance(10);
    expect(sent.map((text) => JSON.parse(text).params)).toEqual([
      [{ quantity: 1 }],
      [{ quantity: 1_000 }],
    ]);
  });

  it("that are no JSON fail at once with NOT_ENCODABLE", async () => {
    const { session } = await withServer({ connected: false });
    session.connect();
    const request = session.request("order.place", { quantity: 1n });
    expect(settled(request)).toEqual(["failed", "NOT_ENCODABLE"]);
    expect(() => session.notify("order.place", { quantity: 1n })).toThrowError(
      expect.objectContaining({ code: "NOT_ENCODABLE" }),
    );
  });
});
