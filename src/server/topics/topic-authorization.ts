import type { LiveSession } from "../live-session.ts";
import { Refusal } from "../methods/refusal.ts";
import type { PendingAuthorization } from "../server-core.ts";
import { isThenable } from "../thenable.ts";

/** Why a topic was refused. */
interface TopicRefusal {
  /** A name of `WIRE_ERRORS`, or a refusal's own. */
  readonly code: string;
  readonly message?: string;
}

/** What was decided about a topic: null lets the session in. */
export type TopicVerdict = TopicRefusal | null;

const FORBIDDEN: TopicRefusal = { code: "FORBIDDEN" };
const TIMED_OUT: TopicRefusal = { code: "FORBIDDEN", message: "no decision in time" };

/**
 * Asks the application whether a session may read a topic.
 *
 * @param isReview - Whether the session reads it already: then the limit on open questions, which
 *   is there to keep newcomers out, does not count.
 * @param onDecided - Called once, later, where the application needs time.
 * @returns The verdict where there is one at once, else `"pending"`.
 */
export function authorizeTopic(
  session: LiveSession,
  topic: string,
  isReview: boolean,
  onDecided: (verdict: TopicVerdict) => void,
): TopicVerdict | "pending" {
  const { core } = session;
  if (core.authorize === "public") return null;
  if (core.authorize === null || core.authorize === undefined) return FORBIDDEN;
  const open = core.authorizations.size + core.authenticating;
  if (!isReview && open >= core.limits.maxPendingAuthorizations) {
    return { code: "TOO_MANY_PENDING" };
  }
  let result: boolean | Promise<boolean>;
  try {
    result = core.authorize(session, topic);
  } catch (error) {
    return thrown(session, error);
  }
  if (!isThenable(result)) return result === true ? null : FORBIDDEN;
  const pending: PendingAuthorization = { expired: () => onDecided(TIMED_OUT) };
  core.authorizations.add(pending, core.clock.now());
  const decide = (verdict: TopicVerdict): void => {
    if (core.authorizations.delete(pending)) onDecided(verdict);
  };
  // Promise.resolve keeps a foreign thenable from answering at once, or throwing.
  Promise.resolve(result).then(
    (allowed) => decide(allowed === true ? null : FORBIDDEN),
    (error: unknown) => decide(thrown(session, error)),
  );
  return "pending";
}

function thrown(session: LiveSession, error: unknown): TopicRefusal {
  if (error instanceof Refusal) return { code: error.code, message: error.message };
  session.core.report("AUTHORIZE_THREW", "authorize threw", session, error);
  return FORBIDDEN;
}
