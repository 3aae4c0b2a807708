import type { PeerRefusal, SessionError } from "./errors.ts";

/**
 * Tells a refusal for the shape of the parameters (PROTOCOL.md, W-5.5): it is of the whole request, and says nothing of
 * those of its topics whose shape is fine.
 */
export function isForItsShape(peer: PeerRefusal | undefined): boolean {
  return peer?.code === "INVALID_PARAMS";
}

/**
 * Tells a refusal that passes by itself: the peer has too much to do, or too much of something, is about to go, or failed
 * without saying that it will again. Every other one is for good (PROTOCOL.md, W-5.13).
 */
export function isPassing({ code, peer }: SessionError): boolean {
  return code === "METHOD_FAILED" || PASSING.test(`${peer?.code}`);
}

/** The names of those that say so. */
export const PASSING: RegExp = /^(RATE_LIMITED|GOING_AWAY|TOO_MANY_\w+|METHOD_(FAILED|TIMEOUT))$/;
