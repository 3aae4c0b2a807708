import type { DefaultApi, SessionApi } from "../session/session-api.ts";
import { nodeEnvironment } from "../transport/node-environment.ts";
import type { CoreEnvironment } from "./core.ts";
import { CoreSession } from "./session.ts";
import type { CoreOptions } from "./settings.ts";

export * from "./exports.ts";

/** A core session over the `ws` package, for Node; everything it does is in {@link CoreSession}. */
export class Session<Api extends SessionApi = DefaultApi> extends CoreSession<Api> {
  /**
   * @param options - Where to connect, and how.
   * @param environment - Replaces parts of the world: a transport with headers, a virtual clock in tests.
   * @throws TypeError or RangeError for options out of range.
   */
  constructor(options: CoreOptions, environment: Partial<CoreEnvironment> = {}) {
    super(options, { ...nodeEnvironment, ...environment });
  }
}
