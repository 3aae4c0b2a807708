import type { SessionOptions } from "../session/session-options.ts";
import { nodeEnvironment } from "../transport/node-environment.ts";
import {
  type RecordableSession,
  type RecordedSession,
  type RecordOptions,
  recordWith,
  type SessionFactory,
} from "./record.ts";

export * from "./exports.ts";

/**
 * Makes a session and records everything that crosses its boundary: frames, timers, random numbers, the calls of
 * the application, and how its handlers and callbacks ended. That is all that a session acts on, so
 * {@link replaySession} drives another one through the same events.
 *
 * Inside one input the session's clock stands still; that is the one difference to a session that is not recorded.
 *
 * @param create - Makes the session, of what it is given and of nothing else.
 * @param options - The session's options.
 * @param recorder - Where the recording goes.
 * @throws RangeError when `maxCharacters` is not a number above 0; and what `create` throws.
 *
 * @example
 * ```ts
 * const file = createWriteStream("session.jsonl");
 * const recorded = recordSession(
 *   (options, environment) => new Session<MarketApi>(options, environment),
 *   { url: "wss://example.com/market" },
 *   { write: (line) => file.write(line) },
 * );
 * recorded.session.connect();
 * ```
 */
export function recordSession<S extends RecordableSession>(
  create: SessionFactory<S>,
  options: SessionOptions,
  recorder: RecordOptions,
): RecordedSession<S> {
  return recordWith(nodeEnvironment, create, options, recorder);
}
