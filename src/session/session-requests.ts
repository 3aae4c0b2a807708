import { checkLimits } from "./call-checks.ts";
import type { AuthenticationReceipt } from "./connection/authenticator.ts";
import type { Limits } from "./guard.ts";
import { ConnectRequest } from "./operations/connect-request.ts";
import type { SessionCore } from "./session-core.ts";
import type { CredentialsSource } from "./session-options.ts";
import type { CompletionToken, PendingToken, RequestType } from "./tokens/completion-token.ts";
import { SessionError } from "./tokens/errors.ts";
import type { SubscribeOptions, UnsubscribeOptions } from "./topics/subscription-options.ts";
import { type SubscribeReceipt, SubscriptionState } from "./topics/subscription-state.ts";
import {
  type UnsubscribeReceipt,
  UnsubscribeRequest,
  type UnsubscribeTarget,
} from "./topics/unsubscribe-request.ts";

/**
 * Says why nothing new is accepted, or undefined while it is.
 *
 * @param connects - Whether it is a `connect()`, which needs no connection.
 */
export function refusalOf(core: SessionCore, connects = false): SessionError | undefined {
  const { state } = core.kernel.machine;
  const isPlanned = core.link.reconnectAt !== null || core.connectRequest !== undefined;
  if (state === "closed") return new SessionError("SESSION_CLOSED", "it is closed");
  if (state === "error")
    return new SessionError("SESSION_FAILED", "the session failed", { cause: core.failure });
  // A close without a connection goes on in state `disconnected`.
  if (core.isClosing) return new SessionError("SESSION_CLOSING", "close() was called");
  if (state === "disconnected" && !isPlanned && !connects)
    return new SessionError("NOT_CONNECTED", "connect() was not called");
  return undefined;
}

/** Makes the token of a request, and begins with the request unless nothing new is accepted. */
export function ask<T>(
  core: SessionCore,
  type: RequestType,
  begin: (token: PendingToken<T>) => void,
): CompletionToken<T> {
  const token = core.kernel.createToken<T>(type);
  const refusal = refusalOf(core, type === "connect");
  if (refusal === undefined) begin(token);
  else core.kernel.settleFailed(token, refusal);
  return token;
}

/** Begins to connect, or acks at once where the link is up. */
export function connect(core: SessionCore, limits: Limits): CompletionToken<void> {
  if (core.connectRequest !== undefined) return core.connectRequest.token;
  return ask<void>(core, "connect", (token) => {
    if (core.isOpen) {
      token.ack(undefined, "local");
      return;
    }
    core.connectRequest = new ConnectRequest(core, token, limits);
    core.kernel.queue.post("connect_request", core.connectRequest);
  });
}

/** Takes credentials from the application, and presents them where a connection is open. */
export function authenticate(
  core: SessionCore,
  source: CredentialsSource | undefined,
  limits: Limits,
): CompletionToken<AuthenticationReceipt> {
  const { kernel, authenticator } = core;
  return ask<AuthenticationReceipt>(core, "authenticate", (token) => {
    const start = (): void => {
      if (kernel.machine.final) {
        // It failed between the call and its turn.
        kernel.settleFailed(token, new SessionError("SESSION_FAILED", "the session has ended"));
        return;
      }
      authenticator.request(source, token, limits);
      if (limits.signal?.aborted === true) return;
      if (core.isOpen && (source !== undefined || !authenticator.authenticating))
        authenticator.begin();
    };
    kernel.run("auth_request", start, [], token.id);
  });
}

/** Makes a subscription, and begins to subscribe unless nothing new is accepted. */
export function subscribe(
  core: SessionCore,
  topics: readonly string[],
  options: SubscribeOptions,
): SubscriptionState {
  const { kernel, deliveries } = core;
  const token = kernel.createToken<SubscribeReceipt>("subscribe");
  const state = new SubscriptionState(core, token, topics, options, () => {
    unsubscribe(core, [{ subscription: state, topics }], {});
  });
  const refusal = refusalOf(core);
  if (refusal === undefined) {
    deliveries.prune();
    deliveries.subscriptions.add(state);
    kernel.queue.post("subscribe_request", state);
  } else {
    kernel.settleFailed(state.token, refusal);
    state.feed.end();
  }
  return state;
}

/** Begins to unsubscribe. */
export function unsubscribe(
  core: SessionCore,
  targets: readonly UnsubscribeTarget[],
  options: UnsubscribeOptions,
): CompletionToken<UnsubscribeReceipt> {
  const { kernel, scope, deliveries } = core;
  const limits = checkLimits(options, kernel.options.unsubscribeTimeoutMs);
  return ask<UnsubscribeReceipt>(core, "unsubscribe", (token) => {
    const request = new UnsubscribeRequest(core, token, targets, scope.current(), limits);
    deliveries.prune();
    deliveries.unsubscribes.add(request);
    kernel.queue.post("unsubscribe_request", request);
  });
}
