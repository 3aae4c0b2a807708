import { describe, expectTypeOf, it } from "vitest";
import type {
  CloseReceipt,
  CompletionToken,
  Session,
  Subscription,
  TopicEvent,
  TopicGap,
} from "../../src/index.ts";
import type { ServerTopic, SessionServer } from "../../src/server/index.ts";

interface Quote {
  readonly price: string;
}
interface Order {
  readonly symbol: string;
}
interface Receipt {
  readonly id: number;
}

interface MarketApi {
  topics: { "quotes:${string}": Quote; status: boolean };
  methods: {
    "order.place"(order: Order): Receipt;
    "market.open"(): boolean;
    "order.list"(filter?: Order): readonly Receipt[];
  };
  notifications: { alert: { readonly text: string }; tick: number };
}

declare const session: Session<MarketApi>;
declare const server: SessionServer<MarketApi>;
declare const untyped: Session;

describe("one map types both sides", () => {
  it("handlers: may return what they like, as a short one does that pushes to a list", () => {
    const seen: Quote[] = [];
    session.subscribe("quotes:AAPL").on("event", ({ data }) => seen.push(data));
    session.subscribe("quotes:AAPL").on("event", async ({ data }) => seen.push(data));
  });

  it("topics: the client's events have the data that the server publishes", () => {
    const quotes = session.subscribe("quotes:AAPL");
    expectTypeOf(quotes).toEqualTypeOf<Subscription<MarketApi, "quotes:AAPL">>();
    quotes.on("event", (event) => {
      expectTypeOf(event).toEqualTypeOf<TopicEvent<Quote, "quotes:AAPL">>();
    });
    quotes.on("gap", (gap) => {
      expectTypeOf(gap).toEqualTypeOf<TopicGap<"quotes:AAPL">>();
    });
    expectTypeOf(server.topic("quotes:AAPL")).toEqualTypeOf<ServerTopic<Quote>>();
    expectTypeOf(server.topic("status").publish).parameter(0).toEqualTypeOf<boolean>();
  });

  it("several topics: each event is typed by its own topic", async () => {
    const both = session.subscribe(["quotes:AAPL", "status"]);
    for await (const event of both) {
      if (event.topic === "status") expectTypeOf(event.data).toEqualTypeOf<boolean>();
      else expectTypeOf(event.data).toEqualTypeOf<Quote>();
    }
  });

  it("topics outside the map are refused on both sides", () => {
    // @ts-expect-error: no such topic
    session.subscribe("rooms:1");
    // @ts-expect-error: one of them is no such topic
    session.subscribe(["status", "rooms:1"]);
    // @ts-expect-error: no such topic
    session.unsubscribe("quotes");
    // @ts-expect-error: no such topic
    server.topic("rooms:1");
    // @ts-expect-error: not what the topic carries
    server.topic("status").publish({ price: "1" });
  });

  it("methods: the client's result is the server's, without its promise", () => {
    expectTypeOf(session.request("order.place", { symbol: "A" })).toEqualTypeOf<
      CompletionToken<Receipt>
    >();
    expectTypeOf(session.request("market.open")).toEqualTypeOf<CompletionToken<boolean>>();
    expectTypeOf(session.request("order.list")).toEqualTypeOf<
      CompletionToken<readonly Receipt[]>
    >();
    session.request("order.list", { symbol: "A" }, { deadlineMs: 100 });
    session.request("market.open", undefined, { signal: new AbortController().signal });
    server.method("order.place", (order) => {
      expectTypeOf(order).toEqualTypeOf<Order>();
      return { id: 1 };
    });
    server.method("market.open", async () => true);
  });

  it("wrong methods, parameters and results are refused", () => {
    // @ts-expect-error: no such method
    session.request("order.cancel");
    // @ts-expect-error: the parameter is missing
    session.request("order.place");
    // @ts-expect-error: another shape
    session.request("order.place", { symbol: 1 });
    // @ts-expect-error: takes none
    session.request("market.open", { symbol: "A" });
    // @ts-expect-error: the parameter is missing
    session.notify("order.place");
    // @ts-expect-error: another result
    server.method("market.open", () => "yes");
    // @ts-expect-error: no such method
    server.method("order.cancel", () => true);
  });

  it("notifications: told apart by their method", () => {
    session.onNotification((notification) => {
      if (notification.method === "tick") expectTypeOf(notification.params).toEqualTypeOf<number>();
      else expectTypeOf(notification.params).toEqualTypeOf<{ readonly text: string }>();
    });
    server.sessions[0]?.notify("tick", 1);
    // @ts-expect-error: not its parameter
    server.sessions[0]?.notify("tick", { text: "x" });
    // @ts-expect-error: no such notification
    server.notifyUser("ann", "alarm", 1);
  });

  it("without a map everything is allowed and unknown", () => {
    expectTypeOf(untyped.request("anything", 1)).toEqualTypeOf<CompletionToken<unknown>>();
    untyped.subscribe("anything").on("event", ({ data }) => {
      expectTypeOf(data).toBeUnknown();
    });
  });
});

describe("tokens and events", () => {
  it("a token of anything passes for a token of unknown", () => {
    expectTypeOf<CompletionToken<Receipt>>().toExtend<CompletionToken<unknown>>();
    expectTypeOf<CompletionToken<unknown>>().not.toExtend<CompletionToken<Receipt>>();
    expectTypeOf(session.close()).resolves.toEqualTypeOf<CloseReceipt>();
  });

  it("session events are typed by their name", () => {
    session.on("state", ({ from, to }) => expectTypeOf(from).toEqualTypeOf(to));
    session.on("error", (error) =>
      expectTypeOf(error.peer?.code).toEqualTypeOf<string | undefined>(),
    );
    // @ts-expect-error: no such event
    session.on("message", () => {});
    // @ts-expect-error: no such state
    void session.waitFor("open");
  });
});
