import { SessionBase } from "./session/session.ts";
import type { DefaultApi, SessionApi } from "./session/session-api.ts";
import type { SessionEnvironment } from "./session/session-environment.ts";
import type { SessionOptions } from "./session/session-options.ts";
import { browserEnvironment } from "./transport/browser-environment.ts";

export * from "./session/index.ts";
export { browserTransport } from "./transport/browser-transport.ts";

/** A session over the browser's own WebSocket; everything it does is in {@link SessionBase}. */
export class Session<Api extends SessionApi = DefaultApi> extends SessionBase<Api> {
  /**
   * @param options - Where to connect, and how.
   * @param environment - Replaces parts of the world: a transport, a virtual clock in tests.
   * @throws TypeError or RangeError for options out of range.
   */
  constructor(options: SessionOptions, environment: Partial<SessionEnvironment> = {}) {
    super(options, { ...browserEnvironment, ...environment });
  }
}
