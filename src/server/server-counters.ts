/** What a server has counted since it was made. */
export interface ServerCounters {
  /** Connections that were handed to the core. */
  connections: number;
  /** Upgrades that were refused, in HTTP or with a close code. */
  refusedUpgrades: number;
  /** Messages from clients, each element of a batch counted. */
  messagesReceived: number;
  /** Answers to requests never made, dropped. */
  strayAnswers: number;
  /** Notifications that ran a method. */
  notificationsAccepted: number;
  /** Notifications that nobody handles, or that came over a limit. */
  notificationsDropped: number;
  /** Method calls begun. */
  methodsStarted: number;
  /** Methods that ended after their time. */
  methodsLate: number;
  /** Calls whose idempotency key was known: they got the answer of another one, and nothing ran. */
  requestsRepeated: number;
  /** Messages written: answers, events and notifications. */
  messagesSent: number;
  /** Events published. */
  eventsPublished: number;
  /** Events written, once for each subscriber. */
  eventsDelivered: number;
  /** Events of other processes above `maxEventBytes`, of which subscribers got a gap. */
  eventsOversized: number;
  /** Events that were not written to a subscriber of their own, but counted with a later one. */
  eventsConflated: number;
  /** Times that a session fell behind, so that what may be thinned was held back. */
  sessionsBehind: number;
  /** WebSocket pings sent. */
  pingsSent: number;
  /** Sessions closed with 4408 because they read too slowly. */
  slowClosed: number;
}

/** Starts to count. */
export function createCounters(): ServerCounters {
  return {
    connections: 0,
    refusedUpgrades: 0,
    messagesReceived: 0,
    strayAnswers: 0,
    notificationsAccepted: 0,
    notificationsDropped: 0,
    methodsStarted: 0,
    methodsLate: 0,
    requestsRepeated: 0,
    messagesSent: 0,
    eventsPublished: 0,
    eventsDelivered: 0,
    eventsOversized: 0,
    eventsConflated: 0,
    sessionsBehind: 0,
    pingsSent: 0,
    slowClosed: 0,
  };
}
