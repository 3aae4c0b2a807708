import type { CloseReceipt } from "../../src/session/closing/close-receipt.ts";
import type { AuthenticationReceipt } from "../../src/session/connection/authenticator.ts";
import type { SessionErrorCode } from "../../src/session/tokens/errors.ts";
import { nameOf, type Watched } from "./ledger.ts";
import { holds } from "./violation.ts";
import { topicsOf } from "./wire-rules.ts";
import type { SentRequest, WireAnswer } from "./wire-tap.ts";
import type { World } from "./world.ts";

/** Codes that say that nothing was handed to the transport. */
const UNWRITTEN: ReadonlySet<SessionErrorCode> = new Set<SessionErrorCode>([
  "NOT_CONNECTED",
  "SESSION_CLOSING",
  "SESSION_CLOSED",
  "SESSION_FAILED",
  "QUEUE_FULL",
  "DEADLINE_BEFORE_WRITE",
  "ABORTED_BEFORE_WRITE",
  "NEVER_WRITTEN",
  "SUPERSEDED",
]);

/** Compares what tokens say with what was on the wire, and with what the server did. */
export async function checkProofs(world: World): Promise<void> {
  for (const watched of world.ledger.all) {
    const { token } = watched;
    if (token.type === "request") await checkRequest(world, watched);
    else if (token.outcome !== "acked" || token.proof !== "frame") continue;
    else if (token.type === "subscribe") checkTopics(world, watched, "topic.subscribe");
    else if (token.type === "unsubscribe") checkTopics(world, watched, "topic.unsubscribe");
    else if (token.type === "authenticate") await checkAuthentication(world, watched);
    else if (token.type === "connect") checkConnect(world, watched);
    else if (token.type === "close") checkBye(world, watched);
  }
}

async function checkRequest(world: World, watched: Watched): Promise<void> {
  const { token, number, isKeyed } = watched;
  const name = nameOf(token);
  const attempts = findRequests(world, number);
  const sent = attempts[0];
  holds(isKeyed || attempts.length < 2, () => `${name} was written ${attempts.length} times`);
  const effects = world.host.effects.get(number) ?? 0;
  if (token.error !== undefined && UNWRITTEN.has(token.error.code))
    holds(sent === undefined, () => `${name} was written`);
  else if (token.outcome === "unknown")
    holds(sent !== undefined, () => `${name} was never written, and is unknown`);
  if (token.outcome === "acked") {
    holds(token.proof === "frame", () => `${name} is acked by ${token.proof}`);
    const value = JSON.stringify(await token);
    const isAnswered = attempts
      .flatMap(({ answers }) => answers)
      .some(
        ({ isError, atMs, result }) =>
          !isError && atMs === token.settledAt && JSON.stringify(result) === value,
      );
    holds(isAnswered, () => `${name} is acked with ${value}, without that answer`);
  }
  // Sent twice by the network, it runs twice, unless it has a key.
  if (world.isHostile || (!isKeyed && world.faults.duplicated.has(number))) return;
  holds(effects <= 1, () => `${name} ran ${effects} times`);
  holds(token.outcome !== "failed" || effects === 0, () => `${name} failed, and ran`);
  holds(token.outcome !== "acked" || effects === 1, () => `${name} is acked, and never ran`);
}

/** A request as it was written, at each attempt. */
function findRequests(world: World, number: number): readonly SentRequest[] {
  return world.tap.lines
    .filter(({ numbers }) => numbers.has(number))
    .flatMap(({ requests }) => [...requests.values()])
    .filter(({ params }) => params["number"] === number);
}

/** An answer that names one of the topics must have arrived between the token's two ends. */
function checkTopics(world: World, { token, topics }: Watched, method: string): void {
  const isDuring = ({ isError, atMs }: WireAnswer): boolean =>
    !isError && atMs >= token.issuedAt && atMs <= (token.settledAt ?? 0);
  const isAnswered = [...world.tap.requestsOf(method)].some(
    ({ params, answers }) =>
      answers.some(isDuring) && topicsOf(params).some((topic) => topics.includes(topic)),
  );
  holds(isAnswered, () => `${nameOf(token)} is acked by frame without a frame`);
}

async function checkAuthentication(world: World, { token }: Watched): Promise<void> {
  const isAnswered = [...world.tap.requestsOf("session.authenticate")].some(({ answers }) =>
    answers.some(({ isError, atMs }) => !isError && atMs === token.settledAt),
  );
  holds(isAnswered, () => `${nameOf(token)} is acked without an answer`);
  if (world.isHostile) return;
  const { userId } = (await token) as AuthenticationReceipt;
  holds(userId === "user", () => `${nameOf(token)} is for ${userId}`);
}

function checkConnect(world: World, { token }: Watched): void {
  const isOpened = world.tap.lines.some(({ isOpened }) => isOpened);
  holds(isOpened, () => `${nameOf(token)} is acked without a connection`);
}

function checkBye(world: World, { token }: Watched): void {
  const isAnswered = world.tap.lines.at(-1)?.byeAnswered === true;
  holds(isAnswered, () => `${nameOf(token)} is acked by frame without an answer to its bye`);
}

/** Checks a receipt against what else is known. */
export async function checkReceipt(world: World): Promise<void> {
  const token = world.closing?.token;
  if (token === undefined) return;
  const receipt: CloseReceipt = await token;
  const { clean, unknown, unsubscribed, sentUnacked, notifications } = receipt;
  holds(clean === (token.outcome === "acked"), () => `a close that is ${token.outcome}, ${clean}`);
  const topics = [...unknown, ...unsubscribed];
  holds(
    new Set(topics).size === topics.length,
    () => `the receipt names a topic twice: ${topics.join(", ")}`,
  );
  for (const topic of topics)
    holds(receipt.lastSeq[topic] !== undefined, () => `the receipt has no lastSeq of ${topic}`);
  for (const { id } of sentUnacked) {
    const found = world.ledger.all.find((watched) => watched.token.id === id);
    holds(
      found?.token.outcome === "unknown",
      () => `request #${id} is unacked in the receipt, and ${found?.token.outcome} by its token`,
    );
  }
  for (const { token: other, number } of world.ledger.all) {
    const isLost = other.type === "request" && other.error?.code === "LINK_LOST";
    if (!isLost || !world.pendingAtClose.has(other)) continue;
    const isNamed = sentUnacked.some(({ id }) => id === other.id);
    holds(isNamed, () => `request ${number} was lost in the close, and the receipt hides it`);
  }
  const line = world.tap.lines.at(-1);
  if (token.proof === "frame" && line !== undefined)
    holds(
      notifications.sent === line.notifications,
      () => `the receipt says ${notifications.sent} sent of ${line.notifications} notifications`,
    );
}
