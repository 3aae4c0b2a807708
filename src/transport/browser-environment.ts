import { SynchronousHandlerScope } from "../session/delivery/handler-scope.ts";
import type { SessionEnvironment } from "../session/session-environment.ts";
import { browserTransport } from "./browser-transport.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";

/** The world around a session in a browser, where no socket can be paused. */
export const browserEnvironment: SessionEnvironment = {
  clock: systemClock,
  random: systemRandom,
  transport: browserTransport,
  createHandlerScope: () => new SynchronousHandlerScope(),
};
