import { MysqlError } from "../mysql-error.ts";
import { DriverPool } from "../mysql-pool.ts";
import type { Shard } from "../shards/shard.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { CallOptions, CallResult, ParameterValue } from "./call-result.ts";
import { checkNames, namesMatch, type Signature } from "./signature.ts";
import { SignatureCache } from "./signature-cache.ts";

/** How a {@link ProcedureCaller} keeps up with deployments. */
export interface ProcedureCallerOptions {
  /** Milliseconds after which the parameters of a procedure are read again. @defaultValue 2000 */
  readonly recheckMs?: number;
  /**
   * Milliseconds for which a procedure that is missing is looked for, before the call fails: between DROP and CREATE of a
   * deployment there is none. @defaultValue 1000
   */
  readonly gapMs?: number;
  /** Milliseconds on a clock that does not go back. @defaultValue `performance.now` */
  readonly nowMs?: () => number;
  /** Waits, in milliseconds. @defaultValue a timer */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Where a procedure is: a shard, or anything else with a database and a pool from `openPool`. */
export type CallTarget = Pick<Shard, "database" | "pool">;

/**
 * 1205 lock wait timeout, 1213 deadlock, 1615 a statement has to be prepared again: which one, that of the call or one
 * within the procedure, nobody can tell.
 */
const CONFLICTS = new Set([1205, 1213, 1615]);

/**
 * Before anything ran: 1305 no such procedure, 1370 no right to execute it (its grants went with it), 1318 another number
 * of arguments, 1414 an OUT parameter where a value was sent.
 */
const GAP = new Set([1305, 1370]);
const CHANGED = new Set([1318, 1414]);

/** A changed procedure is read again and called again this often; more means that it changes faster than it is called. */
const MAX_REREADS = 2;

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 200;

/**
 * Calls procedures, and remembers how each is called. One for a whole process is enough; `callProcedure` is that of the
 * module.
 */
export class ProcedureCaller {
  readonly #signatures: SignatureCache;
  readonly #gapMs: number;
  readonly #nowMs: () => number;
  readonly #sleep: (ms: number) => Promise<unknown>;

  /** @throws RangeError where `recheckMs` or `gapMs` is negative. */
  constructor(options: ProcedureCallerOptions = {}) {
    const { recheckMs = 2_000, gapMs = 1_000 } = options;
    for (const [name, value] of Object.entries({ recheckMs, gapMs })) {
      if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, got ${value}`);
    }
    this.#gapMs = gapMs;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sleep = options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms)));
    this.#signatures = new SignatureCache(recheckMs, this.#nowMs);
  }

  /**
   * Calls a procedure by `execute()`; values are bound, never written into the statement.
   *
   * @param shard - Whose database has the procedure.
   * @param name - The procedure's, without its database; whatever characters it has.
   * @param params - A value for each IN and INOUT parameter, by the parameter's name; none for OUT.
   * @returns Result sets, OUT values and counts, always in this shape.
   * @throws Rejects with TypeError or RangeError where a parameter is missing, unknown, or would be changed by being bound;
   *   nothing was called then. With {@link MysqlError}: `UNKNOWN_PROCEDURE`; `OPEN_TRANSACTION` where the procedure
   *   returned within a transaction, which was rolled back; or as the pool and the server fail.
   */
  async call<Out = CallResult["out"]>(
    shard: CallTarget,
    name: string,
    params: Readonly<Record<string, ParameterValue>>,
    options: CallOptions = {},
  ): Promise<CallResult<Out>> {
    const { pool, database } = shard;
    if (!(pool instanceof DriverPool)) {
      throw new TypeError("callProcedure needs a shard or a pool that openPool made");
    }
    const key = `${database}\0${name}`;
    const at: Attempt = { pool, database, name };
    const signature = this.#signatures.fresh(pool, key);
    // Other names than those known may be those of a version deployed since.
    if (signature === undefined || !namesMatch(signature, params)) {
      return await this.#insist<Out>(at, key, params, options, null);
    }
    try {
      return (await attempt(at, signature, params)) as CallResult<Out>;
    } catch (error) {
      return await this.#insist<Out>(at, key, params, options, { error });
    }
  }

  /** The way that is not the usual one: nothing is known yet, or the first attempt failed. */
  async #insist<Out>(
    at: Attempt,
    key: string,
    params: Readonly<Record<string, ParameterValue>>,
    options: CallOptions,
    failed: { readonly error: unknown } | null,
  ): Promise<CallResult<Out>> {
    const since = this.#nowMs();
    let rereads = 0;
    let retries = options.idempotent === true ? (options.retries ?? 3) : 0;
    let waitMs = FIRST_WAIT_MS;
    let signature: Signature | null = null;
    let failure = failed;
    for (;;) {
      if (failure !== null) {
        const { error } = failure;
        if (isAbout(error, at, GAP) && this.#mayBeGap(error, at, key)) {
          if (this.#nowMs() - since >= this.#gapMs) throw missing(at, error);
          signature = null;
        } else if (isAbout(error, at, CHANGED) && rereads < MAX_REREADS) {
          rereads++;
          signature = null;
        } else if (retries > 0 && isTransient(error)) {
          retries--;
        } else {
          throw error;
        }
        await this.#sleep(waitMs);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      }
      try {
        signature ??= await this.#signatures.read(at.pool, at.database, at.name, key);
        if (signature === null) throw missing(at);
        checkNames(signature, params);
        return (await attempt(at, signature, params)) as CallResult<Out>;
      } catch (error) {
        failure = { error };
      }
    }
  }

  /** Without the right to execute, only a procedure that could be called before is one that is being deployed. */
  #mayBeGap(error: unknown, at: Attempt, key: string): boolean {
    if (error instanceof MysqlError && error.errno === 1370) {
      return this.#signatures.isKnown(at.pool, key);
    }
    return true;
  }
}

/**
 * Whether the server refused this very call before it ran. The same numbers come from a procedure that calls another one,
 * after it has had its effects; the message names which.
 */
function isAbout(error: unknown, at: Attempt, numbers: ReadonlySet<number>): boolean {
  if (!(error instanceof MysqlError)) return false;
  if (error.code === "UNKNOWN_PROCEDURE") return numbers === GAP;
  if (error.errno === null || !numbers.has(error.errno)) return false;
  const text = String(error.cause).toLowerCase();
  return text.includes(`${at.database}.${at.name}`.toLowerCase());
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof MysqlError)) return false;
  if (error.code === "CONNECTION_LOST" || error.code === "UNREACHABLE") return true;
  return error.errno !== null && CONFLICTS.has(error.errno);
}

function missing(at: Attempt, cause?: unknown): MysqlError {
  if (cause instanceof MysqlError && cause.code !== "STATEMENT") return cause;
  return new MysqlError(
    "UNKNOWN_PROCEDURE",
    `${at.pool.address}: ${at.database} has no procedure ${at.name}, or none that this user may see`,
    cause === undefined ? undefined : { cause },
  );
}
