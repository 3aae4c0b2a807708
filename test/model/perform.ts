import type { Step } from "./commands.ts";
import { TIMEOUTS } from "./settings.ts";
import { holds } from "./violation.ts";
import type { WireLine } from "./wire-tap.ts";
import type { World } from "./world.ts";

/** Does one step to the world. What it sets in motion goes on when time passes. */
export function perform(world: World, step: Step): void {
  switch (step.do) {
    case "connect":
      connect(world, step);
      break;
    case "subscribe":
      world.subscribe(step, signalOf(world, step.abortMs));
      break;
    case "unsubscribe":
      unsubscribe(world, step);
      break;
    case "unsubscribe-topics":
      unsubscribeTopics(world, step);
      break;
    case "request": {
      const { method, takesMs, deadlineMs, isKeyed } = step;
      world.request(method, takesMs, deadlineMs, signalOf(world, step.abortMs), isKeyed);
      break;
    }
    case "notify":
      notify(world);
      break;
    case "publish":
      for (let time = 0; time < step.times; time += 1) world.host.publish(step.topic);
      break;
    case "close":
      world.close(step.deadlineMs);
      break;
    case "authenticate":
      authenticate(world, step);
      break;
    case "listen":
      world.subscriptions[step.which % world.subscriptions.length]?.listen();
      break;
    case "wait":
      break;
    default:
      disturb(world, step);
  }
}

function disturb(world: World, step: Step): void {
  const { network, host, faults } = world;
  switch (step.do) {
    case "cut":
      network.link()?.cut(step.silence);
      break;
    case "cut-after":
      network.link()?.cutAfter(step.direction, step.frames, step.silence);
      break;
    case "refuse":
      network.isRefusing = step.refuses;
      break;
    case "fault":
      faults.add(step);
      break;
    case "restart":
      void host.server.close({ deadlineMs: step.deadlineMs });
      host.start();
      break;
    case "evict":
      for (const session of host.sessions)
        void session.close({ code: step.code, deadlineMs: step.deadlineMs });
      break;
    case "revoke":
      for (const session of host.sessions) session.revoke(step.topic);
      break;
    case "delete":
      host.delete(step.topic);
      break;
    case "ghost":
      haunt(world, step.frame);
      break;
    default:
      throw new Error(`bug: no such step ${step.do}`);
  }
}

function connect(world: World, step: Extract<Step, { do: "connect" }>): void {
  const { deadlineMs } = step;
  const signal = signalOf(world, step.abortMs);
  const token = world.session.connect({
    ...(deadlineMs > 0 && { deadlineMs }),
    ...(signal && { signal }),
  });
  const fallback = world.settings.retryFirst ? Infinity : TIMEOUTS.connectTimeoutMs;
  world.ledger.add(token, { deadlineMs: deadlineMs > 0 ? deadlineMs : fallback, signal });
}

function unsubscribe(world: World, step: Extract<Step, { do: "unsubscribe" }>): void {
  const watched = world.subscriptions[step.which % world.subscriptions.length];
  if (watched !== undefined)
    world.unsubscribe(watched, step.deadlineMs, signalOf(world, step.abortMs));
}

function unsubscribeTopics(
  world: World,
  { topics, deadlineMs }: Extract<Step, { do: "unsubscribe-topics" }>,
): void {
  for (const watched of world.subscriptions)
    if (watched.topics.some((topic) => topics.includes(topic))) watched.isBeingLeft = true;
  const token = world.session.unsubscribe(topics, deadlineMs > 0 ? { deadlineMs } : {});
  const limitMs = deadlineMs > 0 ? deadlineMs : TIMEOUTS.unsubscribeTimeoutMs;
  world.ledger.add(token, { deadlineMs: limitMs, topics });
  for (const watched of world.subscriptions) {
    const own = watched.topics.filter((topic) => topics.includes(topic));
    if (own.length > 0) watched.leave(token, own, false);
  }
}

function notify(world: World): void {
  try {
    const before = world.notificationsWritten;
    const result = world.session.notify("note", { number: world.nextNumber() });
    const written = world.notificationsWritten - before;
    world.observed(() =>
      holds((result === "sent") === (written === 1), () => `notify said ${result} of ${written}`),
    );
  } catch (error) {
    const { code } = error as { code?: string };
    const isTold = ["NOT_CONNECTED", "SESSION_CLOSING", "SESSION_CLOSED", "SESSION_FAILED"];
    world.observed(() =>
      holds([...isTold, "QUEUE_FULL"].includes(String(code)), () => `notify threw ${error}`),
    );
  }
}

function authenticate(world: World, step: Extract<Step, { do: "authenticate" }>): void {
  const signal = signalOf(world, step.abortMs);
  const options = signal === undefined ? {} : { signal };
  try {
    const credentials = step.as === "fresh" ? () => "good" : step.as;
    const token =
      step.as === "again"
        ? world.session.authenticate(undefined, options)
        : world.session.authenticate(credentials, options);
    world.ledger.add(token, { deadlineMs: TIMEOUTS.requestTimeoutMs, signal });
  } catch (error) {
    world.observed(() => holds(error instanceof TypeError, () => `authenticate threw ${error}`));
  }
}

function signalOf(world: World, abortMs: number): AbortSignal | undefined {
  if (abortMs < 0) return undefined;
  const controller = new AbortController();
  if (abortMs === 0) controller.abort();
  else if (abortMs < Infinity) world.clock.setTimer(() => controller.abort(), abortMs);
  return controller.signal;
}

/** Lets an old connection speak once more, which a session must not hear. */
function haunt(world: World, frame: "event" | "answer" | "opened" | "closed"): void {
  const { session, tap } = world;
  const old = tap.lines.filter((line) => line.number < session.epoch || line.isOver);
  const line = old.at(-1);
  if (line === undefined) return;
  const { state, epoch } = session;
  if (frame === "opened") line.listener.opened("orderly.v1");
  else if (frame === "closed") line.listener.closed(1006, "");
  else if (frame === "answer") answerAgain(tap.lines.at(-1) ?? line, line);
  else speak(world, line);
  world.observed(() => {
    const now = `${session.state} of epoch ${session.epoch}`;
    holds(
      session.state === state && session.epoch === epoch,
      () => `connection ${line.number} turned ${state} of epoch ${epoch} into ${now}`,
    );
  });
}

/** Answers, on an old connection, what was asked on the newest. */
function answerAgain(newest: WireLine, old: WireLine): void {
  for (const { id, answers } of newest.requests.values()) {
    if (answers.length > 0) continue;
    old.listener.received(JSON.stringify({ jsonrpc: "2.0", id, result: { ghost: true } }));
  }
}

/** Sends events of every topic on an old connection. */
function speak(world: World, line: WireLine): void {
  for (const { topics } of world.subscriptions) {
    for (const topic of topics) {
      const seq = world.host.nextSeq(topic);
      const params = { topic, seq, data: { topic, seq, ghost: true } };
      line.listener.received(JSON.stringify({ jsonrpc: "2.0", method: "topic.event", params }));
    }
  }
}
