import type { LaneRun } from "../session/delivery/delivery-lane.ts";
import type { Limits } from "../session/guard.ts";
import type { PendingToken, Proof } from "../session/tokens/completion-token.ts";
import { timeoutError } from "../session/tokens/ending-error.ts";
import type { SessionError } from "../session/tokens/errors.ts";
import type { UnsubscribeReceipt } from "../session/topics/unsubscribe-request.ts";
import type { Channel, UnsubscribeListener } from "./channel.ts";
import { type Core, guard, post, settle } from "./core.ts";
import { discard, mark } from "./lanes.ts";
import { type Reader, supersede } from "./reader.ts";
import { abandon, release } from "./topics.ts";

/** One unsubscribe under way. */
export interface Leave {
  /** The subscriptions that it is about. */
  readonly readers: readonly Reader[];
  /** Carries it out. */
  start(): void;
  /** A handler may be waiting for it: that one is not waited for. */
  join(run: LaneRun | undefined): void;
  /** Its time is up. */
  expire(): void;
}

/** Makes an unsubscribe: it ends when the peer has answered and the handlers are done. */
export function createLeave(
  core: Core,
  token: PendingToken<UnsubscribeReceipt>,
  readers: readonly Reader[],
  topics: readonly string[],
  limits: Limits,
): Leave {
  // The handlers from inside which it was asked for.
  const runs = [core.scope.current()];
  const lastSeqs: Record<string, number> = Object.create(null);
  // Topics that a subscription is leaving; two subscriptions may leave one, in their order.
  const unanswered: (readonly [Channel, Reader])[] = [];
  let proof: Proof = "local";
  let failure: SessionError | undefined;
  let lanesBusy = 0;

  /** The channels that a subscription is to leave. */
  const leftBy = (reader: Reader): readonly Channel[] =>
    [...reader.channels.values()].filter(({ topic }) => topics.includes(topic));

  const settleIfDone = (): void => {
    if (unanswered.length === 0 && lanesBusy === 0 && token.pending) end(failure);
  };

  /** It is over: acked with what is known, or as the error says. */
  const end = (error: SessionError | undefined): void => {
    core.leaves.delete(leave);
    settle(core, token, error, { lastSeq: lastSeqs }, proof);
  };

  /** The handlers that ask give up their places: waiting for them would be waiting for ourselves. */
  const giveWay = (): void => {
    for (const run of runs) run?.yieldPlace();
  };

  /** Waits for the handlers of what was received before. */
  const awaitLane = (reader: Reader, topic: string): void => {
    // What nobody listened for must not come once this has settled.
    if (reader.isParked) discard(reader, topic);
    lanesBusy += 1;
    mark(reader, topic, () => {
      lanesBusy -= 1;
      post(core, settleIfDone);
    });
    giveWay();
  };

  const expire = (by: "deadline" | "abort" = "deadline"): void => {
    for (const reader of readers) for (const topic of topics) discard(reader, topic);
    if (unanswered.length === 0) {
      end(failure);
      return;
    }
    // Even one that is still held back will be written: nothing takes it back.
    end(timeoutError(by, "the unsubscribe", true));
    for (const [channel] of [...unanswered]) abandon(core, channel);
  };

  const listener: UnsubscribeListener = (channel, error, lastSeq, isLocal) => {
    const left = unanswered.find((each) => each[0] === channel);
    if (left === undefined) return;
    unanswered.splice(unanswered.indexOf(left), 1);
    if (error?.outcome === "failed") {
      end(error);
      return;
    }
    // Over, whatever the peer made of it: what was received before is handled first.
    failure ??= error;
    if (!isLocal) proof = "frame";
    if (error === undefined) lastSeqs[channel.topic] = lastSeq;
    awaitLane(left[1], channel.topic);
  };

  const leave: Leave = {
    readers,
    start() {
      token.guard = guard(core, limits, expire);
      for (const reader of readers) {
        const leaving = leftBy(reader);
        if (leaving.length === reader.channels.size) supersede(reader);
        for (const channel of leaving) unanswered.push([channel, reader]);
      }
      for (const reader of readers) {
        // What is off the wire already may still be under way to the handlers.
        for (const topic of reader.topics)
          if (topics.includes(topic) && !reader.channels.has(topic)) awaitLane(reader, topic);
        release(core, leftBy(reader), reader, listener);
      }
      settleIfDone();
    },
    join(run) {
      runs.push(run);
      if (lanesBusy > 0) giveWay();
    },
    expire,
  };
  core.leaves.add(leave);
  return leave;
}
