import type { MysqlConnection } from "../connection.ts";
import type { Shard } from "../shards/shard.ts";

/** A shard, and the one session that a deployment works with there; it holds the deployment's lock. */
export interface ShardSession {
  /** The shard. Its pool serves what must not happen in `session`, such as smoke calls. */
  readonly shard: Shard;
  /** Kept for the whole deployment. Leave its settings as they were found, whatever happens. */
  readonly session: MysqlConnection;
}

/** Which side of a change a shard can be on. */
export type ChangeSide = "before" | "after";

/**
 * One object of one shard that a deployment changes: all that is needed to make the change, to prove it, and to undo it,
 * because the journal holds it and nothing else once the first statement has run.
 *
 * `S` is a state of the object. It must survive JSON: texts, numbers, booleans, null, and lists and objects of them.
 */
export interface Change<S = unknown> {
  /** The name of the kind that makes it, as the journal has it. */
  readonly kind: string;
  /** The object's database. */
  readonly schema: string;
  /** Its name for messages and for the journal, such as `procedure alerts_of`. Unique in the shard's part of a run. */
  readonly name: string;
  /** The object as the server gave it before anything changed. */
  readonly before: S;
  /** The object as it shall be. */
  readonly after: S;
}

/**
 * How changes of one kind are made, compared and undone. A deployment may end anywhere, also between two statements of
 * `apply`; so everything is decided by looking at the shard, and never by what was done last.
 */
export interface ChangeKind<S = unknown> {
  /** Stable: it is stored in the journal. */
  readonly kind: string;
  /** Whether its changes are undone before all others, in the order in which they were made. @defaultValue false */
  readonly isUndoneFirst?: boolean;
  /**
   * Says why the change could not be made, or not be undone, here: rights, mostly. Runs on all shards before the journal is
   * written, and leaves nothing behind.
   *
   * @returns Clauses for one line, such as `"SHOW CREATE gives no body"`; empty where all is well.
   */
  obstacles?(at: ShardSession, changes: readonly Change<S>[]): Promise<readonly string[]>;
  /** Says what of the shard is not as on that side. Empty: exactly that. */
  differences(at: ShardSession, change: Change<S>, side: ChangeSide): Promise<readonly string[]>;
  /**
   * Whether an interrupted `apply` or `undo` leaves what is there now, such as nothing at all between DROP and CREATE.
   * Without it every change counts as atomic.
   */
  isBetween?(at: ShardSession, change: Change<S>): Promise<boolean>;
  /** Brings the shard to `after`, from `before` or from between. */
  apply(at: ShardSession, change: Change<S>): Promise<void>;
  /** Brings the shard to `before`, from `after` or from between. */
  undo(at: ShardSession, change: Change<S>): Promise<void>;
  /**
   * Tries the object, without effect. Called before the shard's first change (`baseline` undefined; its answer is that of
   * the second call) and after its last. Not called for a shard that a run continues on, where nothing is left as it was.
   *
   * @returns Something to compare with, or complaints, which fail the verification.
   */
  trial?(at: ShardSession, change: Change<S>): Promise<Trial>;
}

/** What came of trying an object. */
export interface Trial {
  /** How it ended, such as `"error 1267"`; the same ending before and after is no failure, nor is another one where it ended badly before. */
  readonly ending: string;
  /** Whether it ended well, or in a way that says nothing about the object. */
  readonly isGood: boolean;
  /** Whether it ended as only what is broken does, whatever it is given: a failure even if it ended badly before, too. */
  readonly isBroken: boolean;
}

/** Changes of any kinds, by their names in the journal. */
export type ChangeKinds = ReadonlyMap<string, ChangeKind>;

/**
 * Finds the kind of a change.
 *
 * @throws Error where the journal holds a kind that nobody named here: a newer version wrote it.
 */
export function kindOf(kinds: ChangeKinds, change: Change): ChangeKind {
  const kind = kinds.get(change.kind);
  if (kind === undefined) throw new Error(`this version knows no changes of kind ${change.kind}`);
  return kind;
}
