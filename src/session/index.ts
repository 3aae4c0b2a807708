export type { Position, Since } from "../protocol/json-rpc/messages.ts";
export { atLeastOnce } from "./at-least-once.ts";
export type { AuthenticationReceipt } from "./authenticator.ts";
export type { Clock, Random, TimerHandle } from "./clock.ts";
export type { CloseReceipt, NotificationCount, UnackedRequest } from "./close-receipt.ts";
export { CompletionToken, type Proof, type RequestType } from "./completion-token.ts";
export type { Counters } from "./counters.ts";
export type { LaneRun } from "./delivery-lane.ts";
export { dropOldest } from "./drop-oldest.ts";
export {
  type Outcome,
  type PeerRefusal,
  SESSION_ERROR_CODES,
  SESSION_ERRORS,
  SessionError,
  type SessionErrorCode,
  type SessionErrorOptions,
  type Unsuccessful,
} from "./errors.ts";
export {
  type EventHandlers,
  type EventMap,
  type EventPriority,
  EventQueue,
  type EventQueueOptions,
  type QueuedEvent,
  type QueueFailure,
  type TypedEvent,
} from "./event-queue.ts";
export type {
  FeedValue,
  FeedWatcher,
  PositionKeeper,
  PositionPolicy,
  PositionSpec,
} from "./feed-watcher.ts";
export type { HandlerScope } from "./handler-scope.ts";
export type { InterceptorContext, MessageInterceptor } from "./interceptors.ts";
export { type LatestOptions, latest } from "./latest.ts";
export { type MergeData, merge } from "./merge.ts";
export type { ServerNotification } from "./notification-sink.ts";
export type { RequestOptions } from "./request.ts";
export { sample } from "./sample.ts";
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
export type {
  LatencyFigures,
  SessionLatency,
  SessionLatencyMeter,
  SessionTopicLatency,
} from "./session-latency.ts";
export { SessionMachine, type StateChange } from "./session-machine.ts";
export type { CredentialsSource, ReconnectOptions, SessionOptions } from "./session-options.ts";
export type { SessionStats } from "./session-stats.ts";
export { canTransition, isFinal, SESSION_TRANSITIONS, type SessionState } from "./states.ts";
export {
  Subscription,
  type SubscriptionEvent,
  type SubscriptionEvents,
  type SubscriptionHandler,
} from "./subscription.ts";
export type { FeedValues } from "./subscription-feed.ts";
export type { SubscribeOptions, UnsubscribeOptions } from "./subscription-options.ts";
export type { SubscribeReceipt } from "./subscription-state.ts";
export type { Delivery, DeliverySpec, EventSlot, Thinner, ThinningParts } from "./thinning.ts";
export type { TopicClosed, TopicEvent, TopicGap } from "./topic-event.ts";
export type { Connection, ConnectionListener, ConnectTarget, Transport } from "./transport.ts";
export type { UnsubscribeReceipt } from "./unsubscribe-request.ts";
