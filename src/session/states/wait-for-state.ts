import { SessionError } from "../tokens/errors.ts";
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
    let stop = (): void => {};
    const aborted = (): void => settle(() => reject(signal?.reason));
    const settle = (how: () => void): void => {
      stop();
      signal?.removeEventListener("abort", aborted);
      how();
    };
    const look = (state: SessionState): void => {
      if (state === wanted) settle(resolve);
      else if (isFinal(state)) {
        const text = `the session is ${state} and cannot become ${wanted}`;
        const cause = source.failure();
        settle(() => reject(new SessionError("STATE_UNREACHABLE", text, { cause })));
      }
    };
    stop = source.onState(({ to }) => look(to));
    signal?.addEventListener("abort", aborted);
    look(source.state);
    if (signal?.aborted === true) aborted();
  });
}
