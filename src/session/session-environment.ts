import type { Clock, Random } from "./clock.ts";
import type { HandlerScope } from "./handler-scope.ts";
import type { Transport } from "./transport.ts";

/** What a session needs from the world around it. */
export interface SessionEnvironment {
  /** Time and timers. */
  readonly clock: Clock;
  /** Jitter, and the session's own secret. */
  readonly random: Random;
  /** Opens connections. */
  readonly transport: Transport;
  /** Makes what knows from inside which handler a call comes; one per session. */
  readonly createHandlerScope: () => HandlerScope;
}
