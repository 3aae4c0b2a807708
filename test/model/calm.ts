import type { SessionErrorCode } from "../../src/session/tokens/errors.ts";
import { nameOf, type Watched } from "./ledger.ts";
import { holds } from "./violation.ts";
import type { World } from "./world.ts";

/** How an operation may fail for the session's own state alone. */
const BY_STATE: ReadonlySet<SessionErrorCode> = new Set<SessionErrorCode>([
  "NOT_CONNECTED",
  "SESSION_CLOSING",
  "SESSION_CLOSED",
]);

/** What each method of the model must come to where nothing is in its way. */
const REQUEST_ENDS: Readonly<Record<string, string>> = {
  echo: "acked",
  slow: "acked",
  throw: "METHOD_FAILED",
  fail: "METHOD_FAILED",
  refuse: "REQUEST_REFUSED",
  deny: "REQUEST_REFUSED",
  none: "REQUEST_REFUSED",
};

/**
 * Checks what is true where nothing went wrong: everything was acked that could be, no event was
 * missed, and the close is clean. A session that always said "unknown" would pass all other checks.
 */
export async function checkCalm(world: World): Promise<void> {
  for (const watched of world.ledger.all) checkEnd(world, watched);
  for (const watched of world.subscriptions)
    holds(watched.gaps === 0, () => `a gap was told to #${watched.subscription.token.id}`);
  const receipt = await world.closing?.token;
  holds(receipt?.clean === true, () => `the close is not clean: ${JSON.stringify(receipt)}`);
  const { connections = 0, strayAnswers = 0, violations = 0 } = world.figures ?? {};
  holds(connections <= 1, () => `there were ${connections} connections`);
  holds(strayAnswers + violations === 0, () => "something came that nobody asked for");
  holds(world.host.server.stats().subscriptions === 0, () => "the server kept a subscription");
}

function checkEnd(world: World, { token, method, topics, deadlineMs }: Watched): void {
  const { outcome, error } = token;
  const name = nameOf(token);
  if (error !== undefined && BY_STATE.has(error.code)) return;
  switch (token.type) {
    case "request": {
      const end = outcome === "acked" ? outcome : error?.code;
      holds(end === REQUEST_ENDS[method], () => `${name} of ${method} ended as ${end}`);
      return;
    }
    case "subscribe": {
      const isRefused = world.settings.asksAuthorize && topics.includes("secret");
      const mayEnd = isRefused ? error?.code === "TOPIC_REFUSED" : outcome === "acked";
      // Unsubscribed before the answer came.
      const isMoot = outcome === "superseded" || error?.code === "ABORTED";
      const isLeft = world.subscriptions.some(
        ({ subscription, leaving }) => subscription.token === token && leaving.length > 0,
      );
      holds(
        mayEnd ||
          ((isMoot || outcome === "acked") && isLeft) ||
          (isMoot && world.closing !== undefined),
        () => `${name} to ${topics} is ${outcome}`,
      );
      return;
    }
    default: {
      holds(outcome === "acked", () => `${name} is ${outcome}`);
      // At its deadline an unsubscribe is acked all the same, and throws away what waits.
      const tookMs = (token.settledAt ?? Infinity) - token.issuedAt;
      holds(tookMs < deadlineMs, () => `${name} took all of its ${deadlineMs} ms`);
    }
  }
}
