import type { Clock, TimerHandle } from "../../session/clock.ts";

/** Above so many members one look at all of them would be felt as a pause. */
const SLICE_FROM = 512;
const SLICES = 8;

/** A member that knows its place in a {@link Sweep}. */
export interface Swept {
  /** Its place; -1 while it is in none. Only {@link Sweep} writes it. */
  sweepIndex: number;
  /** Looks for what is due. */
  sweep(nowMs: number): void;
}

/**
 * Looks at every member once an interval, with one timer for all of them and none while there is
 * nobody and nothing else to watch: the sessions' only clockwork. Many members are looked at in slices.
 */
export class Sweep<Member extends Swept> {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #afterRound: (nowMs: number) => void;
  readonly #isBusy: () => boolean;
  readonly #members: Member[] = [];
  #cursor = 0;
  #timer: TimerHandle | null = null;

  /**
   * @param afterRound - Called at every tick, after its members.
   * @param isBusy - Tells whether that has to be called though no member is left.
   */
  constructor(
    clock: Clock,
    intervalMs: number,
    afterRound: (nowMs: number) => void,
    isBusy: () => boolean = () => false,
  ) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#afterRound = afterRound;
    this.#isBusy = isBusy;
  }

  /** How many members there are. */
  get size(): number {
    return this.#members.length;
  }

  /** Lists the members as they are now. */
  toArray(): Member[] {
    return [...this.#members];
  }

  /** Adds a member. */
  add(member: Member): void {
    member.sweepIndex = this.#members.length;
    this.#members.push(member);
    this.#timer ??= this.#schedule();
  }

  /** Removes a member; does nothing the second time. */
  delete(member: Member): void {
    const { sweepIndex } = member;
    if (sweepIndex < 0) return;
    member.sweepIndex = -1;
    const last = this.#members.pop() as Member;
    if (last !== member) {
      this.#members[sweepIndex] = last;
      last.sweepIndex = sweepIndex;
    }
    if (this.#members.length === 0 && this.#timer !== null && !this.#isBusy()) {
      this.#clock.clearTimer(this.#timer);
      this.#timer = null;
    }
  }

  #schedule(): TimerHandle {
    const slices = this.#members.length > SLICE_FROM ? SLICES : 1;
    return this.#clock.setTimer(() => this.#tick(), this.#intervalMs / slices);
  }

  #tick(): void {
    this.#timer = null;
    const nowMs = this.#clock.now();
    const { length } = this.#members;
    const visits = length > SLICE_FROM ? Math.ceil(length / SLICES) : length;
    if (visits === length) this.#cursor = length;
    // Downwards, so that a member that goes while it is visited pulls in one that was visited.
    for (let visit = 0; visit < visits && this.#members.length > 0; visit += 1) {
      this.#cursor -= 1;
      if (this.#cursor < 0 || this.#cursor >= this.#members.length) {
        this.#cursor = this.#members.length - 1;
      }
      (this.#members[this.#cursor] as Member).sweep(nowMs);
    }
    this.#afterRound(nowMs);
    if (this.#members.length > 0 || this.#isBusy()) this.#timer ??= this.#schedule();
  }
}
