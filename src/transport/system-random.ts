import type { Random } from "../session/clock.ts";

const SECRET_BYTES = 16;

/** Randomness of the system, on Node and in browsers: Web Crypto for secrets. */
export const systemRandom: Random = {
  fraction: () => Math.random(),
  secret: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join(""),
};
