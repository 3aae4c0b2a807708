import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Principal } from "orderly-ws/server";

const LIFETIME_MS = 5 * 60_000;
/** Name, expiry in milliseconds since 1970, signature. */
const TOKEN = /^(guest-[0-9a-f]{4})\.(\d{1,16})\.([0-9a-f]{64})$/;

/** Lets everyone in under a made-up name, by signed tokens that expire. */
export class Guests {
  // Of this process alone: after a restart old tokens are strangers, and the page is given a new one.
  readonly #secret = randomBytes(32);

  /**
   * Issues a token.
   *
   * @param previous - A token of before, which may have expired: its guest keeps the name.
   */
  issue(previous: string): string {
    const name = this.#read(previous)?.userId ?? `guest-${randomBytes(2).toString("hex")}`;
    const claims = `${name}.${Date.now() + LIFETIME_MS}`;
    return `${claims}.${this.#sign(claims).toString("hex")}`;
  }

  /** Finds out whose token it is; null for one that is not ours, or has expired. */
  verify(token: string): Principal | null {
    const principal = this.#read(token);
    return principal !== null && principal.expiresAt > Date.now() ? principal : null;
  }

  #read(token: string): (Principal & { readonly expiresAt: number }) | null {
    const [, name, expiry, signature] = TOKEN.exec(token) ?? [];
    if (name === undefined || expiry === undefined || signature === undefined) return null;
    const genuine = timingSafeEqual(Buffer.from(signature, "hex"), this.#sign(`${name}.${expiry}`));
    return genuine ? { userId: name, expiresAt: Number(expiry) } : null;
  }

  #sign(claims: string): Buffer {
    return createHmac("sha256", this.#secret).update(claims).digest();
  }
}
