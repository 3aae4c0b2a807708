/**
 * What a client and its server agree on: topics, methods and the server's own notifications, as one
 * map of types that both sides are given.
 *
 * A topic's key is a whole name, or a pattern with `${string}` where any text may stand: either as a
 * template type or, in quotes, as plain text.
 *
 * @example
 * ```ts
 * interface MarketApi {
 *   topics: { "quotes:${string}": Quote; status: MarketStatus };
 *   methods: { "order.place"(order: Order): Receipt };
 *   notifications: { alert: Alert };
 * }
 * ```
 */
export interface SessionApi {
  /** Data of a topic's events, by topic name or pattern. */
  topics: object;
  /** Methods that a client calls: at most one parameter; the result without its promise. */
  methods: object;
  /** Parameters of what a server sends to a session or a user, by method name. */
  notifications?: object;
}

/** The map of who gives none: any topic, method and notification, with data of unknown type. */
export interface DefaultApi {
  /** Any topic. */
  topics: { [topic: string]: unknown };
  /** Any method. */
  methods: { [method: string]: (params: unknown) => unknown };
  /** Any notification. */
  notifications: { [method: string]: unknown };
}

/** Reads a `${string}` that stands in a key as plain text as the template that it means. */
type Expand<Key> = Key extends `${infer Head}\${string}${infer Tail}`
  ? `${Head}${string}${Expand<Tail>}`
  : Key;

type Topics<Api extends SessionApi> = Api["topics"];
type Methods<Api extends SessionApi> = Api["methods"];
type Notifications<Api extends SessionApi> = Api extends { notifications: infer N extends object }
  ? N
  : Record<never, never>;

/** Every topic name that the map allows. */
export type TopicName<Api extends SessionApi> = Expand<keyof Topics<Api> & string>;

/** The data of a topic's events: of its own key, else of each pattern that it matches. */
export type TopicData<Api extends SessionApi, Name extends string> = Name extends keyof Topics<Api>
  ? Topics<Api>[Name]
  : {
      [Key in keyof Topics<Api>]: Name extends Expand<Key> ? Topics<Api>[Key] : never;
    }[keyof Topics<Api>];

/** Every method name that the map allows. */
export type MethodName<Api extends SessionApi> = keyof Methods<Api> & string;

/** A method's parameter; `undefined` where it takes none. */
export type MethodParams<
  Api extends SessionApi,
  Name extends MethodName<Api>,
> = Methods<Api>[Name] extends (...args: infer Args) => unknown
  ? Args extends [(infer First)?, ...unknown[]]
    ? First
    : undefined
  : never;

/** What a method returns, without its promise. */
export type MethodResult<
  Api extends SessionApi,
  Name extends MethodName<Api>,
> = Methods<Api>[Name] extends (...args: never[]) => infer Result ? Awaited<Result> : never;

/** Every notification name that the map allows. */
export type NotificationName<Api extends SessionApi> = keyof Notifications<Api> & string;

/** A notification's parameters. */
export type NotificationParams<
  Api extends SessionApi,
  Name extends NotificationName<Api>,
> = Notifications<Api>[Name];
