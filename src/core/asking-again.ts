import { backoffDelayMs } from "../session/connection/backoff.ts";
import type { SessionError } from "../session/tokens/errors.ts";
import { type Core, post, report } from "./core.ts";

/** The peer refused topics for now: asks for them once more, later from refusal to refusal. The application is told. */
export function askInAWhile(core: Core, error: SessionError, ask: () => void): void {
  const { clock, settings, random, resumeTimer } = core;
  if (resumeTimer !== undefined) return;
  report(core, error);
  core.resumeTimer = clock.setTimer(
    () =>
      post(core, () => {
        core.resumeTimer = undefined;
        ask();
      }),
    backoffDelayMs(core.refusals, settings, random.fraction()),
  );
  core.refusals += 1;
}

/** The connection is gone: the next one is asked for everything. */
export function stopAsking(core: Core): void {
  core.clock.clearTimer(core.resumeTimer);
  core.resumeTimer = undefined;
}
