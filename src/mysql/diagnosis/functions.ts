/**
 * What a native function does with collations. Measured on both servers with COLLATION() and COERCIBILITY(); where they
 * differ, the rule says so.
 *
 * - `number`, `temporal`: the result has none. `connection`: the collation of the connection at creation, coercible. `wide`: the
 *   same, though nothing says that the text is ASCII.
 * - `joined`: that of its text arguments together (`of`: which; all without). `mixed`: the same, where the result may be a number or time.
 * - `first`: that of its first argument. `binary`, `json-text`, `json`, `system`: as named.
 * - `extreme`: a number or time where any argument is one, else `joined`.
 * - `shifted`: a time where its argument is one, else a text of the connection.
 */
export interface FunctionRule {
  /** What the result has. */
  readonly result:
    | "number"
    | "temporal"
    | "connection"
    | "wide"
    | "joined"
    | "mixed"
    | "extreme"
    | "first"
    | "binary"
    | "json"
    | "json-text"
    | "system"
    | "shifted"
    | "formatted";
  /** Places of the arguments that decide the result; all without it. */
  readonly of?: readonly number[];
  /** Places of arguments that are compared with each other; null of none, all where it is `all`. */
  readonly compared?: readonly number[] | "all";
}

/** A rule for both servers, or one for each. */
type Rule = FunctionRule | { readonly mysql: FunctionRule; readonly mariadb: FunctionRule };

const RULES = new Map<string, Rule>();

function define(names: string, rule: Rule): void {
  for (const name of names.split(" ")) RULES.set(name, rule);
}

define(
  "ABS ACOS ASCII ASIN ATAN ATAN2 AVG BENCHMARK BIT_AND BIT_COUNT BIT_LENGTH BIT_OR BIT_XOR CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH " +
    "COERCIBILITY CONNECTION_ID COS COT COUNT CRC32 CUME_DIST DATEDIFF DAY DAYOFMONTH DAYOFWEEK DAYOFYEAR DEGREES DENSE_RANK " +
    "EXP EXTRACT FLOOR FOUND_ROWS GET_LOCK GROUPING HOUR INET_ATON INTERVAL IS_FREE_LOCK IS_IPV4 IS_IPV6 IS_USED_LOCK IS_UUID " +
    "ISNULL JSON_CONTAINS JSON_CONTAINS_PATH JSON_DEPTH JSON_LENGTH JSON_STORAGE_SIZE JSON_VALID JSON_EXISTS JSON_OVERLAPS LAST_INSERT_ID LENGTH LN LOG LOG10 LOG2 " +
    "MASTER_POS_WAIT MATCH MICROSECOND MINUTE MOD MONTH NTILE OCTET_LENGTH ORD PERCENT_RANK PERIOD_ADD PERIOD_DIFF PI POW POWER QUARTER " +
    "RADIANS RAND RANK RELEASE_LOCK RELEASE_ALL_LOCKS ROUND ROW_COUNT ROW_NUMBER SECOND SIGN SIN SLEEP SQRT STD STDDEV STDDEV_POP STDDEV_SAMP SUM " +
    "TAN TIMESTAMPDIFF TIME_TO_SEC TO_DAYS TO_SECONDS TRUNCATE UNCOMPRESSED_LENGTH UNIX_TIMESTAMP UUID_SHORT VARIANCE VAR_POP " +
    "VAR_SAMP WEEK WEEKDAY WEEKOFYEAR YEAR YEARWEEK LASTVAL NEXTVAL",
  { result: "number" },
);
define(
  "CURDATE CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURTIME DATE FROM_DAYS LAST_DAY LOCALTIME LOCALTIMESTAMP MAKEDATE " +
    "MAKETIME NOW SEC_TO_TIME STR_TO_DATE SYSDATE TIME TIMEDIFF TIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP CONVERT_TZ",
  { result: "temporal" },
);
define("ADDDATE ADDTIME DATE_ADD DATE_SUB SUBDATE SUBTIME TIMESTAMPADD", { result: "shifted" });
define("DATE_FORMAT TIME_FORMAT FROM_UNIXTIME", { result: "formatted" });
define(
  "BIN_TO_UUID DAYNAME GET_FORMAT HEX MONTHNAME OLD_PASSWORD SPACE STATEMENT_DIGEST STATEMENT_DIGEST_TEXT TO_BASE64",
  { result: "connection" },
);
// All of these give ASCII, and MariaDB does not know it.
define("BIN CONV FORMAT INET_NTOA INET6_NTOA MD5 OCT PASSWORD SHA SHA1 SHA2", {
  mysql: { result: "connection" },
  mariadb: { result: "wide" },
});
define(
  "CONCAT CONCAT_WS EXPORT_SET LCASE LOWER MAKE_SET QUOTE REPEAT REVERSE SOUNDEX SUBSTRING SUBSTR MID UCASE UPPER LEFT RIGHT LTRIM RTRIM GROUP_CONCAT",
  { result: "joined" },
);
define("IFNULL COALESCE NVL LAG LEAD", { result: "mixed" });
define("GREATEST LEAST", { mysql: { result: "mixed" }, mariadb: { result: "extreme" } });
define("ANY_VALUE MAX MIN FIRST_VALUE LAST_VALUE NTH_VALUE VALUES VALUE DEFAULT", {
  result: "first",
});
define("IF NVL2", { result: "mixed", of: [1, 2] });
define("ELT", { result: "joined", of: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] });
define("NULLIF", { result: "first", compared: "all" });
define("STRCMP FIND_IN_SET REGEXP_INSTR REGEXP_LIKE", { result: "number", compared: [0, 1] });
define("LOCATE INSTR POSITION", {
  mysql: { result: "number" },
  mariadb: { result: "number", compared: [0, 1] },
});
define("FIELD", { mysql: { result: "number" }, mariadb: { result: "number", compared: "all" } });
define("REPLACE", {
  mysql: { result: "first" },
  mariadb: { result: "joined", compared: "all" },
});
define("INSERT", { mysql: { result: "first" }, mariadb: { result: "joined", of: [0, 3] } });
define("LPAD RPAD", { mysql: { result: "first" }, mariadb: { result: "joined", of: [0, 2] } });
define("TRIM", {
  mysql: { result: "joined", of: [0] },
  mariadb: { result: "joined", of: [0, 1], compared: [0, 1] },
});
define("SUBSTRING_INDEX", {
  mysql: { result: "first" },
  mariadb: { result: "joined", of: [0, 1], compared: [0, 1] },
});
define("REGEXP_SUBSTR", { result: "joined", of: [0, 1], compared: [0, 1] });
define("REGEXP_REPLACE", {
  mysql: { result: "joined", of: [0, 1], compared: [0, 1] },
  mariadb: { result: "joined", of: [0, 1, 2], compared: [0, 1, 2] },
});
define(
  "AES_DECRYPT AES_ENCRYPT CHAR COMPRESS DECODE DES_DECRYPT DES_ENCRYPT ENCODE FROM_BASE64 LOAD_FILE RANDOM_BYTES UNCOMPRESS UNHEX INET6_ATON UUID_TO_BIN WEIGHT_STRING",
  { result: "binary" },
);
define("JSON_UNQUOTE JSON_QUOTE JSON_PRETTY JSON_TYPE", { result: "json-text" });
define("JSON_VALUE", { mysql: { result: "json-text" }, mariadb: { result: "first" } });
define(
  "JSON_ARRAY JSON_ARRAYAGG JSON_ARRAY_APPEND JSON_ARRAY_INSERT JSON_COMPACT JSON_DETAILED JSON_EXTRACT JSON_INSERT JSON_KEYS JSON_LOOSE JSON_MERGE " +
    "JSON_MERGE_PATCH JSON_MERGE_PRESERVE JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_REMOVE JSON_REPLACE JSON_SEARCH JSON_SET",
  { result: "json" },
);
define(
  "CHARSET COLLATION CURRENT_ROLE CURRENT_USER DATABASE SCHEMA SESSION_USER SYSTEM_USER USER VERSION UUID FORMAT_BYTES FORMAT_PICO_TIME",
  { result: "system" },
);

/** The rule of a native function, or null for a name that is none. */
export function functionRule(name: string, flavour: "mysql" | "mariadb"): FunctionRule | null {
  const rule = RULES.get(name);
  if (rule === undefined) return null;
  return "result" in rule ? rule : rule[flavour];
}

/** Native functions that may be written without parentheses. */
export const BARE_FUNCTIONS: ReadonlySet<string> = new Set([
  ..."CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURRENT_ROLE LOCALTIME LOCALTIMESTAMP UTC_DATE UTC_TIME UTC_TIMESTAMP".split(
    " ",
  ),
]);

/** Whether an origin's name, such as `SHA2()`, is that of a native function's result. */
export function isNativeResult(name: string): boolean {
  return name.endsWith("()") && RULES.has(name.slice(0, -2).toUpperCase());
}
