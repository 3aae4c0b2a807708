import {
  BULK_TOPIC,
  BURST_EVENTS,
  createEvent,
  nowUs,
  type Schedule,
  type ScheduleResult,
  topicName,
  usedCpuUs,
} from "./messages.ts";
import type { ServerPeer } from "./server-peer.ts";

/** Events and deliveries that were published. */
interface Tally {
  published: number;
  deliveries: number;
}

/** For how long events are published without a pause. */
const MAX_TURN_US = 5_000;

/**
 * Publishes each event as soon as its time has come, stamped with that time: whatever the publisher lags behind counts
 * as latency.
 */
export async function runSchedule(peer: ServerPeer, schedule: Schedule): Promise<ScheduleResult> {
  const { eventsPerSecond, durationMs } = schedule;
  const scheduled = Math.round((eventsPerSecond * durationMs) / 1_000);
  const padding = "x".repeat(schedule.paddingChars);
  // The bulk reader, which is on the first topic, may stall and is not counted.
  const readers = Array.from(
    { length: schedule.topics },
    (_, topic) =>
      peer.subscribers(topicName(topic)) - (topic === 0 && schedule.bulk !== undefined ? 1 : 0),
  );
  const tally: Tally = { published: 0, deliveries: 0 };
  const bulk = schedule.bulk === undefined ? null : startBulk(peer, schedule.bulk);
  const cpuBeforeUs = usedCpuUs();
  const startedAtUs = nowUs();
  let turnStartedAtUs = startedAtUs;
  const endsAtUs = startedAtUs + durationMs * 1_000;
  const times = eventTimes(scheduled, schedule);
  for (let next = times.next(); !next.done; ) {
    const { atUs, topic } = next.value;
    const dueAtUs = startedAtUs + atUs;
    const now = nowUs();
    if (now > endsAtUs) break;
    if (now < dueAtUs) {
      // Everything that is due by then comes in one go, as where a feed is read from a socket.
      await new Promise((resolve) => setTimeout(resolve, (dueAtUs - now) / 1_000));
      turnStartedAtUs = nowUs();
      continue;
    }
    const name = topicName(topic);
    peer.publish(name, createEvent(name, padding, dueAtUs));
    tally.published += 1;
    tally.deliveries += readers[topic] ?? 0;
    next = times.next();
    // A publisher that lags still lets the sockets be read and written once in a while.
    if (now - turnStartedAtUs > MAX_TURN_US) {
      await new Promise((resolve) => setImmediate(resolve));
      turnStartedAtUs = nowUs();
    }
  }
  const cpuUs = usedCpuUs() - cpuBeforeUs;
  if (bulk !== null) clearInterval(bulk);
  return { ...tally, scheduled, cpuUs };
}

/**
 * When which topic has an event: evenly in time, the topics by chance, the same ones in each run, a share of the events
 * in bursts.
 */
function* eventTimes(
  scheduled: number,
  { eventsPerSecond, topics, burstShare }: Schedule,
): Generator<{ readonly atUs: number; readonly topic: number }> {
  const burstEvery = burstShare === 0 ? Number.POSITIVE_INFINITY : BURST_EVENTS / burstShare;
  let sinceBurst = 0;
  let random = 1;
  for (let event = 0; event < scheduled; event += 1) {
    const atUs = (event / eventsPerSecond) * 1e6;
    // The generator of Park and Miller: enough to choose a topic by.
    random = (random * 48_271) % 0x7fffffff;
    const topic = random % topics;
    sinceBurst += 1;
    const isBurst =
      sinceBurst >= burstEvery - BURST_EVENTS + 1 && event + BURST_EVENTS <= scheduled;
    const copies = isBurst ? BURST_EVENTS : 1;
    if (isBurst) sinceBurst = 0;
    event += copies - 1;
    for (let copy = 0; copy < copies; copy += 1) yield { atUs, topic };
  }
}

function startBulk(
  peer: ServerPeer,
  { eventsPerSecond, paddingChars }: NonNullable<Schedule["bulk"]>,
): NodeJS.Timeout {
  const padding = "x".repeat(paddingChars);
  return setInterval(() => {
    peer.publish(BULK_TOPIC, createEvent(BULK_TOPIC, padding, nowUs()));
  }, 1_000 / eventsPerSecond);
}
