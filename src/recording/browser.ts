import { SynchronousHandlerScope } from "../session/delivery/handler-scope.ts";
import type { SessionEnvironment } from "../session/session-environment.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { browserTransport } from "../transport/browser-transport.ts";
import { systemClock } from "../transport/system-clock.ts";
import { systemRandom } from "../transport/system-random.ts";
import {
  type RecordableSession,
  type RecordedSession,
  type RecordOptions,
  recordWith,
  type SessionFactory,
} from "./record.ts";

export * from "./exports.ts";

const BROWSER: SessionEnvironment = {
  clock: systemClock,
  random: systemRandom,
  transport: browserTransport,
  createHandlerScope: () => new SynchronousHandlerScope(),
};

/** Makes a session over the page's own WebSocket and records it, as `recordSession` does it on Node. */
export function recordSession<S extends RecordableSession>(
  create: SessionFactory<S>,
  options: SessionOptions,
  recorder: RecordOptions,
): RecordedSession<S> {
  return recordWith(BROWSER, create, options, recorder);
}
