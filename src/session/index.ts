export type { Position, Since } from "../protocol/json-rpc/messages.ts";
export type { Clock, Random, TimerHandle } from "./clock.ts";
export type { CloseReceipt, NotificationCount, UnackedRequest } from "./closing/close-receipt.ts";
export type { AuthenticationReceipt } from "./connection/authenticator.ts";
export type { InterceptorContext, MessageInterceptor } from "./connection/interceptors.ts";
export type {
  Connection,
  ConnectionListener,
  ConnectTarget,
  Transport,
} from "./connection/transport.ts";
export type { Counters } from "./counters.ts";
export { atLeastOnce } from "./delivery/at-least-once.ts";
export type { LaneRun } from "./delivery/delivery-lane.ts";
export { dropOldest } from "./delivery/drop-oldest.ts";
export type {
  FeedValue,
  FeedWatcher,
  PositionKeeper,
  PositionPolicy,
  PositionSpec,
} from "./delivery/feed-watcher.ts";
export type { HandlerScope } from "./delivery/handler-scope.ts";
export type { LatencyFigures } from "./delivery/latency-figures.ts";
export { type LatestOptions, latest } from "./delivery/latest.ts";
export { type MergeData, merge } from "./delivery/merge.ts";
export type { ServerNotification } from "./delivery/notification-sink.ts";
export { sample } from "./delivery/sample.ts";
export type {
  SessionLatency,
  SessionLatencyMeter,
  SessionTopicLatency,
} from "./delivery/session-latency.ts";
export type { FeedValues } from "./delivery/subscription-feed.ts";
export type {
  Delivery,
  DeliverySpec,
  EventSlot,
  Thinner,
  ThinningParts,
} from "./delivery/thinning.ts";
export type { RequestOptions } from "./operations/request.ts";
export {
  type EventHandlers,
  type EventMap,
  type EventPriority,
  EventQueue,
  type EventQueueOptions,
  type QueuedEvent,
  type QueueFailure,
  type TypedEvent,
} from "./queue/event-queue.ts";
export { SessionBase } from "./session.ts";
export type * from "./session-api.ts";
export type {
  AttemptOptions,
  CloseOptions,
  NotifyArguments,
  RequestArguments,
  SessionEvents,
} from "./session-calls.ts";
export type { FlowControl, FlowMarks, SessionEnvironment } from "./session-environment.ts";
export type { EndingKind, SessionEventRecord, SessionEventType } from "./session-events.ts";
export type { CredentialsSource, ReconnectOptions, SessionOptions } from "./session-options.ts";
export type { SessionStats } from "./session-stats.ts";
export { SessionMachine, type StateChange } from "./states/session-machine.ts";
export { canTransition, isFinal, SESSION_TRANSITIONS, type SessionState } from "./states/states.ts";
export { CompletionToken, type Proof, type RequestType } from "./tokens/completion-token.ts";
export {
  type Outcome,
  type PeerRefusal,
  SESSION_ERROR_CODES,
  SESSION_ERRORS,
  SessionError,
  type SessionErrorCode,
  type SessionErrorOptions,
  type Unsuccessful,
} from "./tokens/errors.ts";
export {
  Subscription,
  type SubscriptionEvent,
  type SubscriptionEvents,
  type SubscriptionHandler,
} from "./topics/subscription.ts";
export type { SubscribeOptions, UnsubscribeOptions } from "./topics/subscription-options.ts";
export type { SubscribeReceipt } from "./topics/subscription-state.ts";
export type { TopicClosed, TopicEvent, TopicGap } from "./topics/topic-event.ts";
export type { UnsubscribeReceipt } from "./topics/unsubscribe-request.ts";
