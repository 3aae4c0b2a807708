import type { SessionOptions } from "../session/session-options.ts";
import { browserEnvironment } from "../transport/browser-environment.ts";
import {
  type RecordableSession,
  type RecordedSession,
  type RecordOptions,
  recordWith,
  type SessionFactory,
} from "./record.ts";

export * from "./exports.ts";

/** Makes a session over the page's own WebSocket and records it, as `recordSession` does it on Node. */
export function recordSession<S extends RecordableSession>(
  create: SessionFactory<S>,
  options: SessionOptions,
  recorder: RecordOptions,
): RecordedSession<S> {
  return recordWith(browserEnvironment, create, options, recorder);
}
