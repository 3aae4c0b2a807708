export type { DeliveryPolicy, Position, Since } from "../protocol/json-rpc/messages.ts";
export type { Clock, Random, TimerHandle } from "../session/clock.ts";
export type { LatencyFigures } from "../session/delivery/latency-figures.ts";
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
export type { ServerReceipt, SessionReceipt } from "./closing/receipts.ts";
export type { Authenticate, AuthenticateContext, Principal } from "./connections/principal.ts";
export type {
  ConnectionInfo,
  Credentials,
  ServerConnection,
  ServerConnectionListener,
} from "./connections/server-connection.ts";
export type { AllowedOrigins } from "./connections/upgrade-request.ts";
export { EVENT_WRITTEN_CHANNEL, type EventWrittenMessage } from "./fanout/frame-timing.ts";
export type {
  LatencyOptions,
  ServerLatency,
  TopicLatency,
} from "./fanout/latency-accounting.ts";
export { SharedFrame } from "./fanout/shared-frame.ts";
export type { MethodContext } from "./methods/method-call.ts";
export { Refusal } from "./methods/refusal.ts";
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
export {
  type MethodOptions,
  type PublishingBackplane,
  type ServerCloseOptions,
  SessionServer,
  type SessionServerOptions,
} from "./session-server.ts";
export { ServerTopic } from "./topics/server-topic.ts";
