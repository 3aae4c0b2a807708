import { describe, expect, it } from "vitest";
import type { Session } from "../../../src/index.ts";
import type { SessionEnvironment } from "../../../src/session/session-environment.ts";
import type { SessionOptions } from "../../../src/session/session-options.ts";
import type { SessionStats } from "../../../src/session/session-stats.ts";
import { type Client, createSession } from "../../model/clients.ts";

/** Whose promises the tests hold to account: by `ORDERLY_CLIENT` those of the core session, else of the whole one. */
export const CLIENT: Client = process.env["ORDERLY_CLIENT"] === "core" ? "core" : "whole";

const isWhole = CLIENT === "whole";
const unregistered = Object.assign(() => {}, { each: () => () => {} });

/** A test of what only the whole session has: where the core one is tested there is no such test. */
export const whole: typeof it = isWhole ? it : (unregistered as unknown as typeof it);

/** A group of such tests. */
export const describeWhole: typeof describe = isWhole
  ? describe
  : (unregistered as unknown as typeof describe);

/** Makes a session of the client that is tested. */
export function newSession(
  options: SessionOptions,
  environment: Partial<SessionEnvironment>,
): Session {
  return createSession(CLIENT, options, environment);
}

/** One more of what a test looks at, where the whole session is tested: the core one has no such call. */
export function ofWhole<Value>(make: () => Value): Value[] {
  return isWhole ? [make()] : [];
}

/** Looks at what the whole session has counted; the core one counts nothing. */
export function expectCounted(session: Session, expected: Partial<SessionStats>): void {
  if (isWhole) expect(session.stats()).toMatchObject(expected);
}
