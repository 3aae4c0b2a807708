/**
 * Quotes a name: in backticks, with backticks inside it doubled. Good in every sql_mode.
 *
 * @throws RangeError for a name that no server can hold: empty, or with a NUL character.
 */
export function quoteIdentifier(name: string): string {
  if (name === "" || name.includes("\0")) {
    throw new RangeError(`a name must have characters, and no NUL, got ${JSON.stringify(name)}`);
  }
  return `\`${name.replaceAll("`", "``")}\``;
}

/** Quotes a schema and a name in it, as `` `shop`.`orders` ``. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/**
 * Reads a name as written: takes off its quotes, and undoes their doubling.
 *
 * @param text - A word, or a name in backticks or double quotes.
 */
export function unquoteIdentifier(text: string): string {
  const quote = text.charAt(0);
  if (quote !== "`" && quote !== '"') return text;
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

/**
 * The name of a user variable, in lower case as the servers compare them.
 *
 * @param text - A `user-variable` token's text: `@v`, `@'v'`, `` @`v` ``.
 */
export function userVariableName(text: string): string {
  const name = text.slice(1);
  const quote = name.charAt(0);
  const isQuoted = quote === "'" || quote === '"' || quote === "`";
  return (isQuoted ? name.slice(1, -1).replaceAll(quote + quote, quote) : name).toLowerCase();
}
