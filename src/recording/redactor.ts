/** Shorter ones are replaced only where they are a whole JSON value: they could be part of any word. */
const MIN_SUBSTRING_LENGTH = 8;

/**
 * Replaces secrets by text of the same length, the same each time: what was derived from their length, or
 * compares them, replays as it was recorded.
 */
export class Redactor {
  readonly #replacements = new Map<string, string>();
  #count = 0;

  /** Makes a secret one that is replaced from now on, and returns its replacement. */
  add(secret: string): string {
    if (secret === "") return secret;
    const known = this.#replacements.get(secret);
    if (known !== undefined) return known;
    this.#count += 1;
    const replacement = placeholder(this.#count, secret.length);
    // Nothing is replaced twice: a replacement is a secret that stands for itself.
    if (this.#replacements.size >= MAX_SECRETS) {
      const oldest = this.#replacements.keys().next().value;
      if (oldest !== undefined) this.#replacements.delete(oldest);
    }
    this.#replacements.set(secret, replacement);
    return replacement;
  }

  /** Replaces every secret in a text, as it is and as JSON writes it. */
  clean(text: string): string {
    let cleaned = text;
    for (const [secret, replacement] of this.#replacements) {
      const quoted = JSON.stringify(secret);
      if (secret.length < MIN_SUBSTRING_LENGTH) {
        if (text === secret) return replacement;
        cleaned = cleaned.replaceAll(asValue(quoted), `$1"${replacement}"`);
        continue;
      }
      cleaned = cleaned.replaceAll(secret, replacement);
      const escaped = quoted.slice(1, -1);
      if (escaped !== secret) cleaned = cleaned.replaceAll(escaped, replacement);
    }
    return cleaned;
  }
}

/** How many secrets are remembered: a token an hour for a month and more; the oldest goes. */
const MAX_SECRETS = 1_000;

/** Hexadecimal digits, so that it passes where a session's own secret is checked. */
function placeholder(number: number, length: number): string {
  return number.toString(16).padStart(length, "0").slice(-length);
}

function asValue(quoted: string): RegExp {
  return new RegExp(`([:,[]\\s*)${quoted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "g");
}
