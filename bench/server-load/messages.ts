/** What the processes of a server bench say to each other: one answer for each order, in order. */

/** Which server is measured. */
export type PeerName = "orderly" | "ws" | "socket.io";

/** What the server's process is told. */
export type ServerOrder =
  /** Publishes `events` events on one topic in one turn of the event loop; answers {@link Published}. */
  | { readonly type: "publish"; readonly topic: string; readonly events: number }
  /** Answers {@link Cpu}. */
  | { readonly type: "cpu" }
  /** Collects garbage and answers {@link Held}. */
  | { readonly type: "hold" }
  /** Publishes on a schedule; answers {@link ScheduleResult} at its end. */
  | ({ readonly type: "schedule" } & Schedule);

/** When what is published. */
export interface Schedule {
  /** Events a second, over all topics. */
  readonly eventsPerSecond: number;
  readonly durationMs: number;
  /** How many topics there are, named by {@link topicName}. */
  readonly topics: number;
  /** Share of the events that come in bursts of {@link BURST_EVENTS} on one topic at one time. */
  readonly burstShare: number;
  /** Characters that fill up each event. */
  readonly paddingChars: number;
  /** A topic that gets events of its own beside the schedule: how many a second, and how many characters each has. */
  readonly bulk?: { readonly eventsPerSecond: number; readonly paddingChars: number };
}

/** Events of one burst. */
export const BURST_EVENTS = 10;

/** When the first event of an order was published, by {@link nowUs}, and what CPU had been used by then. */
export interface Published extends Cpu {
  readonly startedAtUs: number;
}

/** What CPU a process has used. */
export interface Cpu {
  readonly cpuUs: number;
}

/** What a server holds. */
export interface Held {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly sessions: number;
  /** Subscribers to the bulk topic. */
  readonly bulkReaders: number;
}

/** What was published of a schedule. */
export interface ScheduleResult {
  /** Events published by the end of the schedule's time. */
  readonly published: number;
  /** Events that the schedule holds. */
  readonly scheduled: number;
  /** Deliveries that the published events stand for. */
  readonly deliveries: number;
  readonly cpuUs: number;
}

/** What the clients' process is told. */
export type ClientOrder =
  /** Opens sockets and subscribes them; answers `{}` when all are subscribed. */
  | {
      readonly type: "connect";
      readonly sockets: number;
      readonly topics: number;
      readonly bulkReader?: boolean;
    }
  /** Answers {@link Received} when so many events have arrived since the last `expect`. */
  | { readonly type: "expect"; readonly events: number }
  /** Begins to measure the time from the schedule to the receipt; answers `{}`. */
  | { readonly type: "measure" }
  /** Answers {@link Measured} when so many events have arrived since `measure`, or after a time. */
  | { readonly type: "measured"; readonly events: number; readonly timeoutMs: number }
  /** Stops to read the socket that reads the bulk topic; answers `{}`. */
  | { readonly type: "stall" }
  /** Destroys that socket; answers `{}`. */
  | { readonly type: "drop" };

/** When the last event arrived, by {@link nowUs}. */
export interface Received extends Cpu {
  readonly lastAtUs: number;
}

/** Times from the scheduled publish to the receipt, of every event at every socket but the bulk reader. */
export interface Measured {
  readonly received: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly cpuUs: number;
  /** Sockets that the server closed since the start. */
  readonly closed: number;
}

/** Names the topic of a number. */
export function topicName(index: number): string {
  return `quotes:S${String(index).padStart(3, "0")}`;
}

/** The topic that only the bulk reader subscribes to, beside its own. */
export const BULK_TOPIC = "bulk";

/** Digits of the time that every event ends with. */
export const STAMP_DIGITS = 16;

/** The data of one event; its last member is the time, in {@link STAMP_DIGITS} digits. */
export function createEvent(symbol: string, padding: string, atUs: number): object {
  return {
    symbol,
    bid: "187.20",
    ask: "187.24",
    last: "187.22",
    volume: 1_204_311,
    ...(padding === "" ? {} : { padding }),
    at: String(Math.floor(atUs)).padStart(STAMP_DIGITS, "0"),
  };
}

/** Microseconds of CPU that this process has used. */
export function usedCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Microseconds on the machine's monotonic clock, which all processes share. */
export function nowUs(): number {
  // Not `performance.now()` and an offset: a process that is interrupted while it takes the offset is wrong from then on.
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}
