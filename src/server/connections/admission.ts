import type { CloseCodeName } from "../../protocol/close-codes.ts";
import type { ServerLimits } from "../server-limits.ts";
import { UserSessions } from "./user-sessions.ts";

/** Is a session as far as its admission is concerned. */
export interface Applicant {
  /** Under which address it counts. */
  readonly addressKey: string;
  /** Its user, once known. */
  readonly userId: string | null;
  /** The digest of its secret, once it said hello. */
  readonly key: string | null;
  /** Whether it counts against the server's and its address's limit. Only {@link Admission} writes it. */
  isAdmitted: boolean;
  /** Whether it is found by its user. Only {@link Admission} writes it. */
  isUserKnown: boolean;
}

/** Counts sessions against their limits, and finds them by secret and by user. */
export class Admission<Session extends Applicant> {
  /** Sessions by their user. */
  readonly users: UserSessions<Session> = new UserSessions();
  readonly #limits: ServerLimits;
  readonly #byAddress = new Map<string, number>();
  readonly #byKey = new Map<string, Session>();
  #admitted = 0;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
  }

  /** How many sessions are admitted. */
  get admitted(): number {
    return this.#admitted;
  }

  /** Tells whether the server, or an address, has all the sessions it may. */
  isFull(addressKey: string): boolean {
    return (
      this.#admitted >= this.#limits.maxSessions ||
      (this.#byAddress.get(addressKey) ?? 0) >= this.#limits.maxSessionsPerAddress
    );
  }

  /**
   * Says which limit keeps a session out, by its close code, or null.
   *
   * @param replaced - A session that would go first, or null.
   */
  lacks(session: Session, replaced: Session | null): CloseCodeName | null {
    if (!session.isAdmitted) {
      const freed = replaced?.isAdmitted ? 1 : 0;
      if (this.#admitted - freed >= this.#limits.maxSessions) return "tryAgainLater";
      const freedHere = replaced?.addressKey === session.addressKey ? freed : 0;
      const here = this.#byAddress.get(session.addressKey) ?? 0;
      if (here - freedHere >= this.#limits.maxSessionsPerAddress) return "tooManySessions";
    }
    if (session.userId !== null && !session.isUserKnown) {
      const freed = replaced?.isUserKnown ? 1 : 0;
      const theirs = this.users.count(session.userId);
      if (theirs - freed >= this.#limits.maxSessionsPerUser) return "tooManySessions";
    }
    return null;
  }

  /** Counts a session by server and address, and by user and secret as far as they are known. */
  admit(session: Session): void {
    if (!session.isAdmitted) {
      session.isAdmitted = true;
      this.#admitted += 1;
      const here = this.#byAddress.get(session.addressKey) ?? 0;
      this.#byAddress.set(session.addressKey, here + 1);
    }
    if (session.userId !== null && !session.isUserKnown) {
      session.isUserKnown = true;
      this.users.add(session.userId, session);
    }
  }

  /** Makes a session the one that its secret finds. */
  bind(key: string, session: Session): void {
    this.#byKey.set(key, session);
  }

  /** Finds the session that a secret is bound to. */
  bound(key: string): Session | undefined {
    return this.#byKey.get(key);
  }

  /** Gives back all that a session holds; does nothing the second time. */
  release(session: Session): void {
    if (session.key !== null && this.#byKey.get(session.key) === session) {
      this.#byKey.delete(session.key);
    }
    if (session.isUserKnown && session.userId !== null) {
      session.isUserKnown = false;
      this.users.delete(session.userId, session);
    }
    if (!session.isAdmitted) return;
    session.isAdmitted = false;
    this.#admitted -= 1;
    const here = (this.#byAddress.get(session.addressKey) ?? 1) - 1;
    if (here > 0) this.#byAddress.set(session.addressKey, here);
    else this.#byAddress.delete(session.addressKey);
  }
}
