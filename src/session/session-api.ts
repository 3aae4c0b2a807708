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
  methods: {
    /** Whatever it takes and returns. */
    [method: string]: (params: unknown) => unknown;
  };
  /** Any notification. */
  notifications: { [method: string]: unknown };
}

/** Reads a `${string}` that stands in a topic's key as plain text as the template that it means. */
export type ExpandedTopic<Key> = Key extends `${infer Head}\${string}${infer Tail}`
  ? `${Head}${string}${ExpandedTopic<Tail>}`
  : Key;

/** Every topic name that the map allows. */
export type TopicName<Api extends SessionApi> = ExpandedTopic<keyof Api["topics"] & string>;

/** The data of a topic's events: of its own key, else of each pattern that it matches. */
export type TopicData<
  Api extends SessionApi,
  Name extends string,
> = Name extends keyof Api["topics"]
  ? Api["topics"][Name]
  : {
      [Key in keyof Api["topics"]]: Name extends ExpandedTopic<Key> ? Api["topics"][Key] : never;
    }[keyof Api["topics"]];

/** Every method name that the map allows. */
export type MethodName<Api extends SessionApi> = Extract<keyof Api["methods"], string>;

/** A method's parameter; `undefined` where it takes none. */
export type MethodParams<
  Api extends SessionApi,
  Name extends MethodName<Api>,
> = Api["methods"][Name] extends (...args: infer Args) => unknown
  ? Args extends []
    ? undefined
    : Args extends [(infer First)?, ...unknown[]]
      ? First
      : undefined
  : never;

/** What a method returns, without its promise. */
export type MethodResult<
  Api extends SessionApi,
  Name extends MethodName<Api>,
> = Api["methods"][Name] extends (...args: never[]) => infer Result ? Awaited<Result> : never;

/** Every notification name that the map allows. */
export type NotificationName<Api extends SessionApi> = Extract<
  keyof NonNullable<Api["notifications"]>,
  string
>;

/** A notification's parameters. */
export type NotificationParams<
  Api extends SessionApi,
  Name extends NotificationName<Api>,
> = NonNullable<Api["notifications"]>[Name];
