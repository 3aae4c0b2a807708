import { SERVER_METHODS, type TopicClosedParams } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { encodeNotification } from "../methods/answers.ts";
import { OpeningGate } from "../topics/opening-gates.ts";
import type { Subscription } from "../topics/topic.ts";
import type { SessionReceipt } from "./receipts.ts";

/** What was there when the end began. */
export interface Ending {
  readonly startedMs: number;
  readonly unanswered: number;
  readonly subscribed: Readonly<Record<string, number>>;
}

/**
 * Ends one subscription. Of one whose subscribe is not answered yet the client learns by that answer.
 *
 * @param code - Why; null where the client asked for it.
 * @param isTold - Whether the client gets a `topic.closed` with that code.
 * @returns The last `seq` that was written or skipped.
 */
export function endSubscription(
  session: LiveSession,
  subscription: Subscription,
  code: string | null,
  isTold = false,
): number {
  const { topic, gate } = subscription;
  const { name } = topic;
  // Who asked for the end comes back from there; who did not is told what it does not get.
  const reachedSeq = gate?.seq ?? topic.seq;
  const lastSeq = isTold ? Math.max(topic.seq, reachedSeq) : reachedSeq;
  gate?.leave?.();
  session.subscriptions?.delete(subscription);
  session.core.topics.unsubscribe(subscription);
  if (gate instanceof OpeningGate) {
    subscription.refusedWith = code;
    return lastSeq;
  }
  subscription.thinning?.end();
  if (isTold && code !== null) {
    const params: TopicClosedParams = { topic: name, lastSeq, code };
    session.write(encodeNotification(SERVER_METHODS.closed, JSON.stringify(params)));
  }
  session.core.observe(() => {
    session.emitter?.emit("unsubscribed", name, lastSeq, code);
    session.core.emitter.emit("unsubscribed", session, name, lastSeq, code);
  }, session);
  return lastSeq;
}

/** Ends all subscriptions without a word to the client, and says where each was. */
export function endAllSubscriptions(session: LiveSession): Readonly<Record<string, number>> {
  const subscribed: Record<string, number> = {};
  for (const subscription of session.subscriptions?.toArray() ?? []) {
    const seq = endSubscription(session, subscription, "CLOSED");
    if (subscription.refusedWith === null) subscribed[subscription.topic.name] = seq;
  }
  return subscribed;
}

/** Takes an authentication out of the count: it was decided, or its session is gone. */
export function dropAuthentication(session: LiveSession): void {
  if (session.authentication === null) return;
  session.authentication = null;
  session.core.authenticating -= 1;
}

/** Stops all work of a session whose connection is being closed, or is gone. */
export function stopWork(session: LiveSession): void {
  if (session.ending !== null) return;
  const nowMs = session.core.clock.now();
  const startedMs = session.farewell?.receivedMs ?? session.drain?.startedMs ?? nowMs;
  const unanswered = session.inFlight + (session.held?.length ?? 0);
  session.held = null;
  dropAuthentication(session);
  session.locks?.clear();
  session.methods?.clear();
  const subscribed = endAllSubscriptions(session);
  session.ending = {
    startedMs,
    unanswered,
    subscribed: { ...session.drain?.subscribed, ...session.farewell?.subscribed, ...subscribed },
  };
}

/** Clears up after a connection that is gone, and writes the receipt. */
export function clearUp(session: LiveSession, closeCode: number): void {
  const { core } = session;
  stopWork(session);
  const ending = session.ending as Ending;
  core.sweep.delete(session);
  core.admission.release(session);
  if (session.provisional !== null) {
    session.provisional = null;
    core.provisional -= 1;
  }
  core.countClose(session.endCode === 0 ? closeCode : session.endCode);
  const abandonedMethods = session.methods?.abandoned ?? 0;
  const bytesUnsent = session.connection.bufferedBytes;
  const isLost = closeCode === 1006;
  const receipt: SessionReceipt = {
    sessionId: session.id,
    userId: session.userId,
    clean: !isLost && ending.unanswered === 0 && abandonedMethods === 0 && bytesUnsent === 0,
    farewell: session.farewell?.isAnswered ? "bye" : isLost ? "lost" : "handshake",
    subscribed: ending.subscribed,
    lastSeqSeen: session.farewell?.lastSeq ?? null,
    notifications: session.notifications,
    notificationsSent: session.farewell?.notifications ?? null,
    unanswered: ending.unanswered,
    abandonedMethods,
    bytesUnsent,
    closeCode,
    elapsedMs: core.clock.now() - ending.startedMs,
  };
  session.receipt = receipt;
  session.drain?.settle(receipt);
  core.observe(() => {
    session.emitter?.emit("closed", receipt);
    if (session.isOpened) core.emitter.emit("closed", session, receipt);
  }, session);
  session.emitter?.removeAllListeners();
}
