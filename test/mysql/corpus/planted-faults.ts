/** A fault that stands in the corpus on purpose. */
export interface PlantedFault {
  /** The program's name. */
  readonly program: string;
  /** What stands there, as a finding quotes it; its beginning where that is enough. */
  readonly code: string;
  /** What MySQL must be told of it: a class, with the error's number or the injectability behind it; null for nothing. */
  readonly mysql: string | null;
  /** The same for MariaDB. */
  readonly mariadb: string | null;
}

const fault = (
  program: string,
  code: string,
  mysql: string | null,
  mariadb: string | null = mysql,
): PlantedFault => ({ program, code, mysql, mariadb });

const ERROR = "error 1267";
const OTHER = "error-on-other-server 1267";

/** Every fault of the corpus. Whatever is not in this list must not be reported. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  fault("equals", "symbol = p", ERROR),
  fault("null_safe_equals", "symbol <=> p", ERROR),
  fault("differs", "symbol <> p", ERROR),
  fault("greater", "symbol > p", ERROR),
  fault("is_like", "symbol LIKE CONCAT(p, '%')", ERROR),
  fault("is_not_like", "symbol NOT LIKE p", ERROR),
  fault("like_escape", "note LIKE 'x' ESCAPE e", "error 1270", "error-on-other-server 1270"),
  fault("matches", "symbol REGEXP p", ERROR),
  fault("in_one", "symbol IN (p)", ERROR),
  fault("in_two", "symbol IN ('x', p)", "error 1270"),
  fault("is_between", "symbol BETWEEN p AND q", "error 1270"),
  fault("row_equals", "(symbol, qty) = (p, n)", ERROR),
  fault("case_expression", "CASE symbol WHEN p THEN 1 END", ERROR),
  fault("is_nullif", "NULLIF(symbol, p)", ERROR),
  fault("is_strcmp", "STRCMP(symbol, p)", ERROR),
  fault("in_set", "FIND_IN_SET(p, note)", ERROR),
  fault("is_there", "o.symbol = p", ERROR),
  fault("having_symbol", "symbol = p", ERROR),
  fault("any_of", "p = ANY (SELECT symbol FROM orders)", ERROR),
  fault("update_where", "symbol = p", ERROR),
  fault("delete_where", "what = p", ERROR),
  fault("enum_equals", "status = p", ERROR),
  fault("union_of_both", "SELECT symbol FROM orders WHERE id = 7 UNION SELECT p", "error 1271"),
  fault("coalesces", "COALESCE(p, symbol) = symbol", OTHER, ERROR),
  fault("locates", "LOCATE(p, symbol)", OTHER, ERROR),
  fault("concatenates", "CONCAT(symbol, p) = 'S7S7'", OTHER, ERROR),
  fault("replaces", "REPLACE(symbol, p, '')", "error-on-other-server 1270", "error 1270"),
  fault("casts", "symbol = CAST(p AS CHAR(50))", ERROR),
  fault("converts", "symbol = CONVERT(p USING utf8mb4)", ERROR),
  fault("trims", "symbol = UPPER(TRIM(p))", ERROR),
  fault("on_duplicate", "symbol = p", ERROR),
  fault("joins_using", "USING (symbol)", ERROR),
  fault("conditions", "(SELECT MAX(symbol) FROM orders WHERE id = 7) = p", ERROR),
  fault("case_statement", "(SELECT MAX(symbol) FROM orders WHERE id = 7)", ERROR),
  fault("plain_local", "symbol = v", ERROR),
  fault("selected_into_local", "symbol = v", ERROR),
  fault("variable_from_parameter", "symbol = @corpus_p", ERROR),
  fault("variable_from_literal", "symbol = @corpus_l", ERROR),
  fault("variable_of_either", "symbol = @corpus_either", ERROR),
  fault("fetches", "symbol = v", ERROR),
  fault("cursor_where", "symbol = p", ERROR),
  fault("nested_blocks", "symbol = v", ERROR),
  fault("temporary_table", "w.s = o.symbol", ERROR),
  fault("temporary_table_as", "symbol IN (SELECT s FROM picked)", ERROR),
  fault("derived_table", "d.s = o.symbol", ERROR),
  fault("common_table", "w.s = o.symbol", ERROR),
  fault("json_table_column", "j.s = o.symbol", ERROR),
  fault("json_table_on_connection", "j.s = o.symbol", OTHER, ERROR),
  fault("symbol_id", "symbol = p", ERROR),
  fault("nested_call", "symbol = @corpus_given_symbol", ERROR),
  fault("trades_before", "NEW.symbol = v", ERROR),
  fault("corpus_sweep", "what = v", ERROR),
  fault("latin1_equals", "isin = p", "index-lost"),
  fault("latin1_in", "isin IN ('US7', p)", "index-lost"),
  fault("utf8mb3_equals", "memo = p", "index-lost"),
  fault("utf8mb3_like", "memo LIKE p", "index-lost"),
  fault("latin1_update", "isin = p", "index-lost"),
  fault("latin1_local", "isin = v", "index-lost"),
  fault("latin1_hashed", "isin = SHA2(symbol, 256)", OTHER, ERROR),
  fault("latin1_hashed", "isin = LOWER(CONV(qty, 10, 16))", OTHER, ERROR),
  fault("latin1_temporary", "o.isin = w.s", "index-lost"),
  fault("still_equals", "symbol = p", ERROR),
  fault("odd `name; -- '", "`a column` = `a ``p`", ERROR),
  fault("종목", "symbol = 종목코드", ERROR),
  fault("joined", "PREPARE", "dynamic-sql yes"),
  fault("joined_doubled", "PREPARE", "dynamic-sql yes"),
  fault("joined_quote", "PREPARE", "dynamic-sql no"),
  fault("joined_number", "PREPARE", "dynamic-sql no"),
  fault("joined_date", "PREPARE", "dynamic-sql no"),
  fault("joined_step_by_step", "PREPARE", "dynamic-sql yes"),
  fault("joined_second_order", "PREPARE", "dynamic-sql yes"),
  fault("joined_set", "PREPARE", "dynamic-sql yes"),
  fault("branch_filters", "PREPARE", "dynamic-sql yes"),
  fault("branch_else", "PREPARE", "dynamic-sql yes"),
  fault("branch_case", "PREPARE", "dynamic-sql yes"),
  fault("branch_expression", "PREPARE", "dynamic-sql yes"),
  fault("branch_local", "PREPARE", "dynamic-sql yes"),
  fault("branch_update", "PREPARE", "dynamic-sql yes"),
  fault("branch_around", "PREPARE", "dynamic-sql yes"),
  fault("branch_twice", "PREPARE", "dynamic-sql yes"),
  fault("branch_twice", "PREPARE", "dynamic-sql no"),
  fault("closed_order", "PREPARE", "dynamic-sql yes"),
  fault("joined_update", "PREPARE", "dynamic-sql yes"),
  fault("across_databases", "o.symbol = p", ERROR),
  fault("nbe_doubled", "PREPARE", "dynamic-sql no"),
  fault("nbe_quote", "PREPARE", "dynamic-sql yes"),
  fault("nbe_backslash", "account = p", ERROR),
  fault('ansi "name', '"account" = "a p"', ERROR),
  fault("ansi_joined", "PREPARE", "dynamic-sql yes"),
  fault("ansi_pipes", "account LIKE p || '%'", ERROR),
  fault("immediately", "EXECUTE IMMEDIATE", null, "dynamic-sql yes"),
  fault("immediately_chosen", "EXECUTE IMMEDIATE", null, "dynamic-sql yes"),
];

/** A fault that no strategy cures. */
export interface RefusedFault extends PlantedFault {
  /** What a fix says about it. */
  readonly reason: RegExp;
}

const refused = (
  program: string,
  code: string,
  told: string,
  reason: RegExp,
  mariadb = told,
): RefusedFault => ({ ...fault(program, code, told, mariadb), reason });

/** Every fault of the refused part of the corpus. */
export const REFUSED_FAULTS: readonly RefusedFault[] = [
  refused("joined_table_name", "PREPARE", "dynamic-sql no", /names cannot be bound/),
  refused("joined_list", "PREPARE", "dynamic-sql yes", /p is joined in as SQL, .* a list/),
  refused("joined_split", "PREPARE", "dynamic-sql yes", /puts quotes into the text/),
  refused("joined_order", "PREPARE", "dynamic-sql yes", /c is joined in as SQL/),
  refused("joined_in_loop", "PREPARE", "dynamic-sql no", /a loop makes the text/),
  refused("joined_elsewhere", "PREPARE", "dynamic-sql yes", /from outside of the routine/),
  refused("executed_twice", "PREPARE", "dynamic-sql no", /not executed exactly once/),
  refused("joined_and_shown", "PREPARE", "dynamic-sql yes", /@corpus_sql is also looked at/),
  refused("joined_narrow", "PREPARE", "dynamic-sql yes", /isin \(latin1\) does not hold/),
  refused("doubled_before", "PREPARE", "dynamic-sql yes", /p has its quotes doubled/),
  refused("joined_item", "PREPARE", "dynamic-sql yes", /would change the result/),
  refused("joined_under_handler", "PREPARE", "dynamic-sql yes", /CONTINUE handler/),
  refused("variable_from_outside", "symbol =", "unknown", /@corpus_outside is given .* elsewhere/),
  refused("number_or_text", "symbol =", ERROR, /@corpus_mixed may also hold a number/),
  refused("temporary_table_of_the_caller", "g.s =", "unknown", /g\.s is of a table that is not/),
  refused("narrower_than_a_result", "isin =", OTHER, /account_of\(\) can return .* latin1/i, ERROR),
];
