import { holds } from "./violation.ts";
import type { SentMessage, WireLine } from "./wire-tap.ts";
import type { World } from "./world.ts";

/** Checks a message at the moment at which the session hands it to the transport. */
export function checkSent(world: World, message: SentMessage): void {
  const { line, method, params } = message;
  const newest = world.tap.lines.at(-1);
  holds(line === newest, () => `${method} was written to connection ${line.number}, an old one`);
  holds(
    line.requests.size > 0 || method === "session.hello",
    () => `${method} was written before the hello`,
  );
  holds(!line.byeSent || method === "session.ping", () => `${method} was written behind the bye`);
  if (method === "topic.subscribe") checkWanted(world, topicsOf(params));
  if (method === "session.bye" && world.session.state === "closing") checkDrained(world, line);
  if (!/^(?:session|topic)\./.test(method)) checkOrder(line, method, params);
}

/** What was unsubscribed never comes back. */
function checkWanted(world: World, topics: readonly string[]): void {
  holds(topics.length > 0, () => "a subscribe without topics was written");
  for (const topic of topics) {
    const isWanted =
      world.subscribingNow.includes(topic) ||
      world.subscriptions.some((watched) => watched.wants(topic));
    holds(isWanted, () => `a subscribe to ${topic} was written, which nobody wants`);
  }
}

/** Operations are written in the order in which they were asked for. */
function checkOrder(line: WireLine, method: string, params: SentMessage["params"]): void {
  const number = Number(params["number"]);
  holds(number > line.lastNumber, () => `${method} ${number} was written after ${line.lastNumber}`);
  line.lastNumber = number;
}

/** A bye says that nothing more will come: everything was answered, every topic unsubscribed. */
function checkDrained(world: World, line: WireLine): void {
  for (const { token, number } of world.ledger.all) {
    if (number === 0 || token.outcome !== undefined) continue;
    holds(!line.numbers.has(number), () => `the bye was written before request ${number} ended`);
  }
  // Who refuses an unsubscribe leaves it so.
  if (!world.isHostile) checkUnsubscribed(line);
}

function checkUnsubscribed(line: WireLine): void {
  const live = new Set<string>();
  for (const { id, method, params, answers } of line.requests.values()) {
    const answer = answers[0];
    if (answer === undefined && method === "topic.subscribe") {
      const isAwaited = topicsOf(params).some((topic) => !isUnsubscribed(line, id, topic));
      holds(!isAwaited, () => "the bye was written before a subscribe was answered");
    }
    if (method === "topic.subscribe" && !(answer?.isError ?? false))
      for (const topic of grantedOf(params, answer?.result)) live.add(topic);
    if (method === "topic.unsubscribe") for (const topic of topicsOf(params)) live.delete(topic);
  }
  for (const topic of line.closedTopics) live.delete(topic);
  holds(live.size === 0, () => `the bye was written with ${[...live].join(", ")} subscribed`);
}

function isUnsubscribed(line: WireLine, after: number, topic: string): boolean {
  for (const { id, method, params } of line.requests.values())
    if (id > after && method === "topic.unsubscribe" && topicsOf(params).includes(topic))
      return true;
  return false;
}

/** The topics of a subscribe's parameters, or of an unsubscribe's. */
export function topicsOf(params: SentMessage["params"]): readonly string[] {
  const topics = (params["topics"] ?? []) as readonly (string | { readonly topic: string })[];
  return topics.map((item) => (typeof item === "string" ? item : item.topic));
}

function grantedOf(params: SentMessage["params"], result: unknown): readonly string[] {
  if (result === undefined) return topicsOf(params);
  const { topics } = result as { topics: readonly { topic: string; code?: string }[] };
  return topics.filter(({ code }) => code === undefined).map(({ topic }) => topic);
}
