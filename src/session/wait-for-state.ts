import { SessionError } from "./errors.ts";
import type { StateChange } from "./session-machine.ts";
import { isFinal, type SessionState } from "./states.ts";

/** What {@link waitForState} needs of a session. */
export interface StateSource {
  readonly state: SessionState;
  /** Calls a listener with every step; returns what removes it. */
  readonly onState: (listener: (change: StateChange) => void) => () => void;
  /** Returns the error that brought the session to `error`, if one did. */
  readonly failure: () => SessionError | undefined;
}

/** Resolves when a state is reached; rejects when a final one is, and it is another, or on abort. */
export function waitForState(
  source: StateSource,
  wanted: SessionState,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const unreachable = (state: SessionState): SessionError =>
      new SessionError("STATE_UNREACHABLE", `the session is ${state} and cannot become ${wanted}`, {
        cause: source.failure(),
      });
    if (source.state === wanted) {
      resolve();
      return;
    }
    if (isFinal(source.state)) {
      reject(unreachable(source.state));
      return;
    }
    const stop = source.onState(({ to }) => {
      if (to !== wanted && !isFinal(to)) return;
      done();
      if (to === wanted) resolve();
      else reject(unreachable(to));
    });
    const aborted = (): void => {
      done();
      reject(signal?.reason);
    };
    const done = (): void => {
      stop();
      signal?.removeEventListener("abort", aborted);
    };
    if (signal?.aborted === true) aborted();
    else signal?.addEventListener("abort", aborted, { once: true });
  });
}
