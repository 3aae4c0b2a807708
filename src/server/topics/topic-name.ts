/** Longest topic name, in UTF-16 code units. */
export const MAX_TOPIC_NAME_LENGTH = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Tells whether a value can name a topic: 1 to 255 characters, no control characters, and not
 * `__proto__`, which is no key of a plain object and so would vanish from receipts.
 */
export function isTopicName(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= MAX_TOPIC_NAME_LENGTH &&
    value !== "__proto__" &&
    !CONTROL.test(value)
  );
}
