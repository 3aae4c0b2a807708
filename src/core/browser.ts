import { SynchronousHandlerScope } from "../session/delivery/handler-scope.ts";
import type { DefaultApi, SessionApi } from "../session/session-api.ts";
import { browserTransport } from "../transport/browser-transport.ts";
import { systemClock } from "../transport/system-clock.ts";
import { systemRandom } from "../transport/system-random.ts";
import type { CoreEnvironment } from "./core.ts";
import { CoreSession } from "./session.ts";
import type { CoreOptions } from "./settings.ts";

/** A session over the browser's own WebSocket. */
export class Session<Api extends SessionApi = DefaultApi> extends CoreSession<Api> {
  constructor(options: CoreOptions, environment: Partial<CoreEnvironment> = {}) {
    super(options, {
      clock: systemClock,
      random: systemRandom,
      transport: browserTransport,
      createHandlerScope: () => new SynchronousHandlerScope(),
      ...environment,
    });
  }
}
export { authentication } from "./authentication.ts";
