import { binaryOf } from "./plain-values.ts";

/** Shorter ones are replaced only where they are a whole JSON value: they could be part of any word. */
const MIN_SUBSTRING_LENGTH = 8;

interface Replacement {
  readonly secret: string;
  readonly by: string;
  /** The secret's UTF-8, a character a byte, and as many bytes in its place. */
  readonly bytes: readonly [secret: string, by: string];
}

/**
 * Replaces secrets by text of the same length, the same each time: what was derived from their length, or
 * compares them, replays as it was recorded.
 */
export class Redactor {
  readonly #replacements = new Map<string, Replacement>();
  // The longest first: a secret that begins with another one is not left with its own end.
  #ordered: readonly Replacement[] = [];
  #count = 0;

  /** Makes a secret one that is replaced from now on, and returns its replacement. */
  add(secret: string): string {
    if (secret === "") return secret;
    const known = this.#replacements.get(secret);
    if (known !== undefined) return known.by;
    this.#count += 1;
    const by = placeholder(this.#count, secret.length);
    // Nothing is replaced twice: a replacement is a secret that stands for itself.
    if (this.#replacements.size >= MAX_SECRETS) {
      const oldest = this.#replacements.keys().next().value;
      if (oldest !== undefined) this.#replacements.delete(oldest);
    }
    const utf8 = binaryOf(new TextEncoder().encode(secret));
    const bytes = [utf8, placeholder(this.#count, utf8.length)] as const;
    this.#replacements.set(secret, { secret, by, bytes });
    this.#ordered = [...this.#replacements.values()].sort(
      (a, b) => b.secret.length - a.secret.length,
    );
    return by;
  }

  /** Replaces every secret in a text, as it is and as JSON writes it. */
  clean(text: string): string {
    let cleaned = text;
    for (const { secret, by } of this.#ordered) {
      const quoted = JSON.stringify(secret);
      if (secret.length < MIN_SUBSTRING_LENGTH) {
        if (text === secret) return by;
        cleaned = cleaned.replaceAll(asValue(quoted), `$1"${by}"`);
        continue;
      }
      cleaned = cleaned.replaceAll(secret, by);
      const escaped = quoted.slice(1, -1);
      if (escaped !== secret) cleaned = cleaned.replaceAll(escaped, by);
    }
    return cleaned;
  }

  /** Replaces the secrets in the name of a member. Short ones are no names: they could be one of a record's own. */
  cleanName(name: string): string {
    let cleaned = name;
    for (const { secret, by } of this.#ordered)
      if (secret.length >= MIN_SUBSTRING_LENGTH) cleaned = cleaned.replaceAll(secret, by);
    return cleaned;
  }

  /** Replaces the secrets in bytes, as UTF-8 writes them. */
  cleanBytes(data: Uint8Array): Uint8Array {
    let cleaned = binaryOf(data);
    for (const { secret, bytes } of this.#ordered)
      if (secret.length >= MIN_SUBSTRING_LENGTH) cleaned = cleaned.replaceAll(...bytes);
    return Uint8Array.from(cleaned, (character) => character.charCodeAt(0));
  }
}

/** How many secrets are remembered: a token an hour for a month and more; the oldest goes. */
const MAX_SECRETS = 1_000;

/** Hexadecimal digits, so that it passes where a session's own secret is checked. */
function placeholder(number: number, length: number): string {
  return number.toString(16).padStart(length, "0").slice(-length);
}

/** A whole string, but for a name: that has a colon behind it. */
function asValue(quoted: string): RegExp {
  const literal = quoted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`([:,[]\\s*)${literal}(?!\\s*:)`, "g");
}
