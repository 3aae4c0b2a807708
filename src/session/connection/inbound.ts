import type { InboundMessage } from "../../protocol/protocol.ts";
import type { Deliveries } from "../delivery/deliveries.ts";
import type { Kernel } from "../kernel.ts";
import type { Operations } from "../operations/operations.ts";
import { SessionError } from "../tokens/errors.ts";
import type { TopicBook } from "../topics/topic-book.ts";
import type { Interceptors } from "./interceptors.ts";

/** Who takes what the peer says. */
export interface InboundParts {
  readonly kernel: Kernel;
  readonly interceptors: Interceptors;
  readonly operations: Operations;
  readonly book: TopicBook;
  readonly deliveries: Deliveries;
  /** The server goes away, in so many milliseconds. */
  goingAway(deadlineMs: number): void;
}

/** Brings each message of the peer's, past the interceptors, to the part of the session that it is for. */
export function createInbound(parts: InboundParts): (message: InboundMessage) => void {
  const { kernel, interceptors } = parts;
  return (original) => {
    if (!interceptors.any) {
      dispatch(parts, original);
      return;
    }
    const message = interceptors.pass(original, { epoch: kernel.machine.epoch });
    if (message === undefined) kernel.counters.intercepted += 1;
    else dispatch(parts, message);
  };
}

function dispatch(parts: InboundParts, message: InboundMessage): void {
  switch (message.type) {
    case "answer":
    case "refusal":
      parts.operations.answered(message.id, message);
      return;
    case "event":
      parts.book.received(message);
      return;
    case "gap":
      parts.book.gapReported(message);
      return;
    case "topicClosed":
      parts.book.closedByPeer(message);
      return;
    case "notification":
      parts.deliveries.notifications.accept(message.method, message.params);
      return;
    case "reply":
      parts.operations.send(message.text);
      return;
    case "goaway":
      parts.goingAway(message.deadlineMs);
      return;
    case "invalid":
      parts.kernel.counters.violations += 1;
      parts.kernel.report(new SessionError("PROTOCOL_VIOLATION", message.reason));
  }
}
