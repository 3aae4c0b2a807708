import type { SessionEnvironment } from "../session/session-environment.ts";
import { AsyncHandlerScope } from "./async-handler-scope.ts";
import { PauseRule } from "./pause-rule.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import { createWsTransport } from "./ws-transport.ts";

/** The world around a session on Node. */
export const nodeEnvironment: SessionEnvironment = {
  clock: systemClock,
  random: systemRandom,
  transport: createWsTransport(),
  createHandlerScope: () => new AsyncHandlerScope(),
  createFlowControl: (marks) => new PauseRule(marks),
};
