import { canTransition, isFinal, type SessionState } from "./states.ts";

/** One step of a session, as its listeners see it. */
export interface StateChange {
  /** The state before. */
  readonly from: SessionState;
  /** The state now. */
  readonly to: SessionState;
  /** Number of the connection under the session: 0 before the first, then 1, 2, 3 …; an attempt that fails counts. */
  readonly epoch: number;
}

/** Holds the one state of a session and refuses every step that the table does not allow. */
export class SessionMachine {
  #state: SessionState = "disconnected";
  #epoch = 0;
  readonly #onChange: (change: StateChange) => void;

  /** @param onChange - Called after each step. Must not throw. */
  constructor(onChange: (change: StateChange) => void) {
    this.#onChange = onChange;
  }

  /** The state now. */
  get state(): SessionState {
    return this.#state;
  }

  /** Number of the connection under the session: 0 before the first, then 1, 2, 3 …; an attempt that fails counts. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether nothing can follow. */
  get final(): boolean {
    return isFinal(this.#state);
  }

  /** Begins the next connection: everything of earlier epochs is void from here on. */
  nextEpoch(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /**
   * Steps to a state. A step to the state that it is in does nothing.
   *
   * @throws Error starting with "bug:" when the table does not allow it; the state is as it was.
   *   Only this library can cause that: what a peer sends is filtered before.
   */
  step(to: SessionState): void {
    const from = this.#state;
    if (from === to) return;
    if (!canTransition(from, to)) throw new Error(`bug: illegal transition ${from} → ${to}`);
    this.#state = to;
    this.#onChange({ from, to, epoch: this.#epoch });
  }
}
