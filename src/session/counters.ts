/** What a session counts over its life. Each only grows. */
export interface Counters {
  /** Connections that were opened. */
  connections: number;
  /** Connections that were lost. */
  connectionsLost: number;
  /** Messages written. */
  messagesSent: number;
  /** Messages received. */
  messagesReceived: number;
  /** Topic events received, on topics that were wanted. */
  eventsReceived: number;
  /** Topic events that nobody wanted, or wanted any more: ignored. */
  strayEvents: number;
  /** Topic events received for a second time: ignored. */
  duplicateEvents: number;
  /** Answers that came after their token had settled. */
  lateAcks: number;
  /** Answers to nothing that was asked. */
  strayAnswers: number;
  /** Messages that the protocol does not allow. */
  violations: number;
  /** Messages that an interceptor stopped. */
  intercepted: number;
  /** How often the session stopped reading from its socket because its handlers were behind. */
  pauses: number;
  /** Handlers that threw or rejected. */
  handlerFailures: number;
  /** Events received and thrown away: unsubscribed before they were handled, or too many at once. */
  discardedEvents: number;
}

/** Makes counters that all stand at 0. */
export function createCounters(): Counters {
  return {
    connections: 0,
    connectionsLost: 0,
    messagesSent: 0,
    messagesReceived: 0,
    eventsReceived: 0,
    strayEvents: 0,
    duplicateEvents: 0,
    lateAcks: 0,
    strayAnswers: 0,
    violations: 0,
    intercepted: 0,
    pauses: 0,
    handlerFailures: 0,
    discardedEvents: 0,
  };
}
