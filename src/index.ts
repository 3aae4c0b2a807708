import { SessionBase } from "./session/session.ts";
import type { DefaultApi, SessionApi } from "./session/session-api.ts";
import type { SessionEnvironment } from "./session/session-environment.ts";
import type { SessionOptions } from "./session/session-options.ts";
import { nodeEnvironment } from "./transport/node-environment.ts";

export * from "./session/index.ts";
export {
  EVENT_HANDLED_CHANNEL,
  type EventHandledMessage,
  type MeterOptions,
  measureLatency,
} from "./transport/latency-meter.ts";
export { prometheusText } from "./transport/prometheus-text.ts";
export { createWsTransport, type WsTransportOptions } from "./transport/ws-transport.ts";

/** A session over the `ws` package, for Node; everything it does is in {@link SessionBase}. */
export class Session<Api extends SessionApi = DefaultApi> extends SessionBase<Api> {
  /**
   * @param options - Where to connect, and how.
   * @param environment - Replaces parts of the world: a transport with headers, a virtual clock in tests.
   * @throws TypeError or RangeError for options out of range.
   */
  constructor(options: SessionOptions, environment: Partial<SessionEnvironment> = {}) {
    super(options, { ...nodeEnvironment, ...environment });
  }
}
