import { FakeServer, FaultProxy, type HeardCall } from "orderly-ws/testing";
import { describe, expectTypeOf, it } from "vitest";

describe("orderly-ws/testing", () => {
  it("chains what a fake server is told, and types what it hears", () => {
    const server = new FakeServer()
      .on("a", ({ id }: { id: number }, call) => {
        expectTypeOf(call).toEqualTypeOf<HeardCall>();
        return id;
      })
      .refuse("b", "FORBIDDEN")
      .refuse("c", "OF_THE_APPLICATIONS_OWN")
      .mute("d");
    expectTypeOf(server).toEqualTypeOf<FakeServer>();
    expectTypeOf(server.publish("t", 1)).toEqualTypeOf<number>();
    expectTypeOf(server.heardCall("a")).toEqualTypeOf<Promise<HeardCall>>();
  });

  it("knows the faults that there are", () => {
    const proxy = new FaultProxy();
    expectTypeOf(proxy.add({ action: "drop", nth: 2 }).hits).toEqualTypeOf<number>();
    proxy.add({ action: { delayMs: 5 }, direction: "toServer", when: ({ text }) => text === "" });
    // @ts-expect-error not an action
    proxy.add({ action: "explode" });
    // @ts-expect-error a rule does something
    proxy.add({ method: "topic.event" });
    // @ts-expect-error not a direction
    proxy.add({ action: "drop", direction: "both" });
  });
});
