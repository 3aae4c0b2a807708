import type { MemoryBackplaneOptions } from "../backplane/index.ts";
import type { Clock, Random } from "../session/clock.ts";
import type { DefaultApi, SessionApi, TopicName } from "../session/session-api.ts";
import type { Authenticate } from "./connections/principal.ts";
import type { LatencyOptions } from "./fanout/latency-accounting.ts";
import type { ServerLimits } from "./server-limits.ts";
import type { ServerSession } from "./server-session.ts";

/**
 * Decides whether a session may read a topic. Asked at every subscribe, and again for each live topic
 * when the session refreshes its credentials. A throw means no; a `Refusal`'s code reaches the client.
 */
export type Authorize<Api extends SessionApi = DefaultApi> = (
  session: ServerSession<Api>,
  topic: TopicName<Api>,
) => boolean | Promise<boolean>;

/** What the core of a server is made of. */
export interface ServerOptions<Api extends SessionApi = DefaultApi> {
  /** Finds out who presents credentials. Where given, a session can do nothing before it is known. */
  readonly authenticate?: Authenticate;
  /** Decides who may read which topic; `"public"` lets everyone read everything. Absent: nobody anything. */
  readonly authorize?: Authorize<Api> | "public";
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<ServerLimits>;
  /**
   * What of each topic is remembered, for subscribers that come back: how many events, for how long. Holds for the
   * memory backplane. @defaultValue 100 events, 60,000 ms
   */
  readonly history?: NonNullable<MemoryBackplaneOptions["history"]>;
  /**
   * Measures how long events take from their publish to their write, by topic, for `stats()`, the Prometheus view and
   * the `diagnostics_channel` `orderly-ws:event-written`; events then carry the time of their publish (`at`).
   * `true` for the defaults. @defaultValue false
   */
  readonly latency?: boolean | LatencyOptions;
  /** Time and timers. @defaultValue the process's own */
  readonly clock?: Clock;
  /** Randomness, for epochs. @defaultValue the process's own, from `node:crypto` */
  readonly random?: Random;
  /** Milliseconds since 1970 UTC, for the expiry of credentials. @defaultValue `Date.now` */
  readonly wallNow?: () => number;
}
