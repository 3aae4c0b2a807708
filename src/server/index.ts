export type { DeliveryPolicy, Position, Since } from "../protocol/json-rpc/messages.ts";
export type { Clock, Random, TimerHandle } from "../session/clock.ts";
export type {
  DefaultApi,
  MethodName,
  MethodParams,
  MethodResult,
  NotificationName,
  NotificationParams,
  SessionApi,
  TopicData,
  TopicName,
} from "../session/session-api.ts";
export { EVENT_WRITTEN_CHANNEL, type EventWrittenMessage } from "./frame-timing.ts";
export type {
  LatencyOptions,
  LatencySummary,
  ServerLatency,
  TopicLatency,
} from "./latency-accounting.ts";
export type { MethodContext } from "./method-call.ts";
export type { Authenticate, AuthenticateContext, Principal } from "./principal.ts";
export type { ServerReceipt, SessionReceipt } from "./receipts.ts";
export { Refusal } from "./refusal.ts";
export type {
  ConnectionInfo,
  Credentials,
  ServerConnection,
  ServerConnectionListener,
} from "./server-connection.ts";
export type { SessionServerEvents } from "./server-core.ts";
export type { ServerCounters } from "./server-counters.ts";
export { SERVER_ERROR_CODES, ServerError, type ServerErrorCode } from "./server-error.ts";
export { DEFAULT_SERVER_LIMITS, type ServerLimits } from "./server-limits.ts";
export type { Authorize, ServerOptions } from "./server-options.ts";
export type {
  SendOptions,
  SendOutcome,
  ServerSession,
  ServerSessionEvents,
  SessionCloseOptions,
} from "./server-session.ts";
export type { ServerStats } from "./server-stats.ts";
export { ServerTopic } from "./server-topic.ts";
export {
  type MethodOptions,
  type PublishingBackplane,
  type ServerCloseOptions,
  SessionServer,
  type SessionServerOptions,
} from "./session-server.ts";
export { SharedFrame } from "./shared-frame.ts";
export type { AllowedOrigins } from "./upgrade-request.ts";
