/** One case: what is done, to which package, and by which script. */
export interface CompareCase {
  /** The case, and where a case has several parts, the part. */
  readonly id: string;
  /** The package's name in its registry. */
  readonly package: string;
  /** Name of the script under `peers/cases/`, without its ending. */
  readonly script: string;
  /** What is done, in words that hold for the peer and for ours. */
  readonly scenario: string;
}

/** Every case, in the order of the table. */
export const CASES: readonly CompareCase[] = [
  {
    id: "R1",
    package: "phoenix",
    script: "r1-phoenix",
    scenario: "leave a channel; the server is mute",
  },
  {
    id: "R2",
    package: "pusher-js",
    script: "r2-pusher",
    scenario: "unsubscribe, then disconnect at once",
  },
  {
    id: "R3",
    package: "pusher-js",
    script: "r3-pusher",
    scenario: "subscribe, not answered; unsubscribe; the link is cut and comes back",
  },
  {
    id: "R4",
    package: "ably",
    script: "r4-ably",
    scenario: "detach, then close at once; the detach is not answered",
  },
  {
    id: "R5",
    package: "@microsoft/signalr",
    script: "r5-signalr",
    scenario: "dispose of a stream, then stop at once",
  },
  {
    id: "R6",
    package: "@microsoft/signalr",
    script: "r6-signalr",
    scenario: "invoke, then stop at once; the server answers",
  },
  {
    id: "R7",
    package: "mqtt",
    script: "r7-mqtt",
    scenario: "the broker is mute: unsubscribe, end, end again",
  },
  {
    id: "R8a",
    package: "@nats-io/nats-core",
    script: "r8a-nats",
    scenario: "drain with 9 messages received whose handlers await work of a second",
  },
  {
    id: "R8b",
    package: "@nats-io/nats-core",
    script: "r8b-nats",
    scenario: "drain; the link is cut before the answer, the server can be reached again",
  },
  {
    id: "R8c",
    package: "@nats-io/nats-core",
    script: "r8c-nats",
    scenario: "330 publishes, one every 5 ms, through an outage of half a second",
  },
  {
    id: "R9a",
    package: "centrifuge",
    script: "r9a-centrifuge",
    scenario: "a handler throws; another message follows",
  },
  {
    id: "R9b",
    package: "centrifuge",
    script: "r9b-centrifuge",
    scenario: "the server sends messages with a gap, out of order and twice",
  },
  {
    id: "R9c",
    package: "centrifuge",
    script: "r9c-centrifuge",
    scenario: "unsubscribe in a batch, then disconnect at once",
  },
  {
    id: "R10",
    package: "socket.io-client",
    script: "r10-socket-io",
    scenario: "emit, emit, disconnect at once",
  },
];
