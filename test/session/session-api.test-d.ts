import { describe, expectTypeOf, it } from "vitest";
import type {
  DefaultApi,
  MethodName,
  MethodParams,
  MethodResult,
  NotificationName,
  NotificationParams,
  TopicData,
  TopicName,
} from "../../src/session/session-api.ts";

interface Quote {
  readonly price: string;
}
interface Order {
  readonly symbol: string;
}
interface Receipt {
  readonly id: number;
}

interface PlainApi {
  topics: { "quotes:${string}": Quote; "room:${string}:user:${string}": number; status: boolean };
  methods: {
    "order.place"(order: Order): Promise<Receipt>;
    "market.open"(): boolean;
    "order.list"(filter?: Order): readonly Receipt[];
  };
  notifications: { alert: { readonly text: string } };
}

interface TemplateApi {
  topics: { [topic: `quotes:${string}`]: Quote; status: boolean };
  methods: { ping(): void };
}

describe("SessionApi", () => {
  it("reads a pattern in quotes as the template that it means", () => {
    expectTypeOf<TopicName<PlainApi>>().toEqualTypeOf<
      `quotes:${string}` | `room:${string}:user:${string}` | "status"
    >();
    expectTypeOf<TopicData<PlainApi, "quotes:AAPL">>().toEqualTypeOf<Quote>();
    expectTypeOf<TopicData<PlainApi, "room:1:user:2">>().toEqualTypeOf<number>();
    expectTypeOf<TopicData<PlainApi, "status">>().toEqualTypeOf<boolean>();
    expectTypeOf<TopicData<PlainApi, `quotes:${string}`>>().toEqualTypeOf<Quote>();
  });

  it("takes a template key as it is", () => {
    expectTypeOf<TopicName<TemplateApi>>().toEqualTypeOf<`quotes:${string}` | "status">();
    expectTypeOf<TopicData<TemplateApi, "quotes:AAPL">>().toEqualTypeOf<Quote>();
    expectTypeOf<TopicData<TemplateApi, "status">>().toEqualTypeOf<boolean>();
  });

  it("gives no data to a name outside the map", () => {
    expectTypeOf<TopicData<PlainApi, "rooms">>().toEqualTypeOf<never>();
    expectTypeOf<"rooms">().not.toExtend<TopicName<PlainApi>>();
  });

  it("gives a method's parameter and its result without the promise", () => {
    expectTypeOf<MethodName<PlainApi>>().toEqualTypeOf<
      "order.place" | "market.open" | "order.list"
    >();
    expectTypeOf<MethodParams<PlainApi, "order.place">>().toEqualTypeOf<Order>();
    expectTypeOf<MethodResult<PlainApi, "order.place">>().toEqualTypeOf<Receipt>();
    expectTypeOf<undefined>().toExtend<MethodParams<PlainApi, "market.open">>();
    expectTypeOf<MethodParams<PlainApi, "order.list">>().toEqualTypeOf<Order | undefined>();
    expectTypeOf<MethodResult<PlainApi, "market.open">>().toEqualTypeOf<boolean>();
  });

  it("knows the notifications, or that there are none", () => {
    expectTypeOf<NotificationName<PlainApi>>().toEqualTypeOf<"alert">();
    expectTypeOf<NotificationParams<PlainApi, "alert">>().toEqualTypeOf<{
      readonly text: string;
    }>();
    expectTypeOf<NotificationName<TemplateApi>>().toEqualTypeOf<never>();
  });

  it("allows anything, of unknown type, without a map", () => {
    expectTypeOf<TopicName<DefaultApi>>().toEqualTypeOf<string>();
    expectTypeOf<TopicData<DefaultApi, "a">>().toEqualTypeOf<unknown>();
    expectTypeOf<MethodName<DefaultApi>>().toEqualTypeOf<string>();
    expectTypeOf<MethodParams<DefaultApi, "a">>().toEqualTypeOf<unknown>();
    expectTypeOf<MethodResult<DefaultApi, "a">>().toEqualTypeOf<unknown>();
    expectTypeOf<NotificationParams<DefaultApi, "a">>().toEqualTypeOf<unknown>();
  });
});
