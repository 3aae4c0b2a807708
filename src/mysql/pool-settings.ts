import type { PoolOptions } from "mysql2";

/** Where a server is and how a pool to it is bounded. */
export interface PoolSettings {
  /**
   * `mysql://user:password@host:port/database`; user, password and database percent-encoded. Query parameters are the
   * driver's options, such as `?socketPath=/run/mysqld.sock`, of which the inexact ones are refused.
   */
  readonly url: string;
  /** The database to begin in; overrides that of the URL. */
  readonly database?: string;
  /** Sessions at most. @defaultValue 10 */
  readonly maxConnections?: number;
  /** Callers that may wait for a session before others get `POOL_EXHAUSTED`. @defaultValue 1000 */
  readonly maxWaiting?: number;
  /** Milliseconds until a server counts as unreachable. @defaultValue 10000 */
  readonly connectTimeoutMs?: number;
  /** Further options of mysql2, such as `ssl`. Those that would change a value or the protocol are refused. */
  readonly driver?: PoolOptions;
}

/** Options of mysql2 that would make a value inexact or a statement injectable: never allowed to differ from ours. */
const FIXED = {
  decimalNumbers: false,
  supportBigNumbers: true,
  bigNumberStrings: true,
  dateStrings: true,
  jsonStrings: true,
  multipleStatements: false,
  namedPlaceholders: false,
  rowsAsArray: false,
  stringifyObjects: false,
  timezone: "Z",
} as const satisfies PoolOptions;

/** Each session keeps this many prepared statements; the server's `max_prepared_stmt_count` is shared by all sessions. */
const MAX_PREPARED_STATEMENTS = 256;

/**
 * Turns settings into options of the driver.
 *
 * @throws TypeError where the URL is none, or where it or `driver` sets an option that loses digits (`decimalNumbers` and
 *   its like) or changes the protocol. The message holds neither user nor password.
 */
export function driverOptions(settings: PoolSettings): PoolOptions {
  const url = parseUrl(settings.url);
  const driver = { ...queryOptions(url), ...settings.driver };
  for (const [name, value] of Object.entries(FIXED)) {
    const asked = driver[name as keyof PoolOptions];
    if (asked === undefined || asked === value) continue;
    const why = name === "decimalNumbers" ? "DECIMAL values would lose digits" : `it is ${value}`;
    throw new TypeError(`mysql2's option ${name} cannot be ${String(asked)} here: ${why}`);
  }
  const database = settings.database ?? decodeURIComponent(url.pathname.slice(1));
  return {
    host: decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, "$1")),
    port: url.port === "" ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    charset: "UTF8MB4_UNICODE_CI",
    ...(database === "" ? {} : { database }),
    connectionLimit: count("maxConnections", settings.maxConnections ?? 10, 1),
    queueLimit: count("maxWaiting", settings.maxWaiting ?? 1000, 1),
    connectTimeout: count("connectTimeoutMs", settings.connectTimeoutMs ?? 10_000, 1),
    maxPreparedStatements: MAX_PREPARED_STATEMENTS,
    // IGNORE_SPACE would be recorded in the sql_mode of every routine created here; LOCAL_FILES lets a server read files.
    flags: ["-IGNORE_SPACE", "-LOCAL_FILES"],
    ...driver,
    ...FIXED,
  };
}

function parseUrl(text: string): URL {
  // The error that `new URL` throws carries the text, which may hold a password.
  if (!URL.canParse(text)) {
    throw new TypeError("the url of a server must be mysql://user:password@host:port/database");
  }
  const url = new URL(text);
  if (url.protocol !== "mysql:" && url.protocol !== "mariadb:") {
    throw new TypeError(`the url of a server must begin with mysql://, got ${url.protocol}//`);
  }
  return url;
}

/** Query parameters as the driver reads them: JSON where it parses, else text. */
function queryOptions(url: URL): PoolOptions {
  const options: Record<string, unknown> = {};
  for (const [name, value] of url.searchParams) {
    try {
      options[name] = JSON.parse(value);
    } catch {
      options[name] = value;
    }
  }
  return options;
}

function count(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${name} must be an integer from ${least} up, got ${value}`);
}
