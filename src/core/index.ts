import type { DefaultApi, SessionApi } from "../session/session-api.ts";
import { AsyncHandlerScope } from "../transport/async-handler-scope.ts";
import { systemClock } from "../transport/system-clock.ts";
import { systemRandom } from "../transport/system-random.ts";
import { createWsTransport } from "../transport/ws-transport.ts";
import type { CoreEnvironment } from "./core.ts";
import { CoreSession } from "./session.ts";
import type { CoreOptions } from "./settings.ts";

/** A core session over the `ws` package, for Node; everything it does is in {@link CoreSession}. */
export class Session<Api extends SessionApi = DefaultApi> extends CoreSession<Api> {
  constructor(options: CoreOptions, environment: Partial<CoreEnvironment> = {}) {
    super(options, {
      clock: systemClock,
      random: systemRandom,
      transport: createWsTransport(),
      createHandlerScope: () => new AsyncHandlerScope(),
      ...environment,
    });
  }
}
export { authentication } from "./authentication.ts";
