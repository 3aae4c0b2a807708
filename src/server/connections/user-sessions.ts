/**
 * Finds the sessions of a user. Most users have one, and ten thousand sets of one member would be
 * a large part of ten thousand sessions.
 */
export class UserSessions<Session extends object> {
  readonly #byUser = new Map<string, Session | Set<Session>>();

  /** How many users have a session. */
  get users(): number {
    return this.#byUser.size;
  }

  /** How many sessions a user has. */
  count(userId: string): number {
    const entry = this.#byUser.get(userId);
    if (entry === undefined) return 0;
    return entry instanceof Set ? entry.size : 1;
  }

  /** Lists a user's sessions as they are now. */
  of(userId: string): readonly Session[] {
    const entry = this.#byUser.get(userId);
    if (entry === undefined) return [];
    return entry instanceof Set ? [...entry] : [entry];
  }

  /** Adds a session that the user does not have yet. */
  add(userId: string, session: Session): void {
    const entry = this.#byUser.get(userId);
    if (entry === undefined) this.#byUser.set(userId, session);
    else if (entry instanceof Set) entry.add(session);
    else this.#byUser.set(userId, new Set([entry, session]));
  }

  /** Removes a session; does nothing when the user does not have it. */
  delete(userId: string, session: Session): void {
    const entry = this.#byUser.get(userId);
    if (entry === session) {
      this.#byUser.delete(userId);
    } else if (entry instanceof Set && entry.delete(session) && entry.size === 1) {
      for (const only of entry) this.#byUser.set(userId, only);
    }
  }
}
