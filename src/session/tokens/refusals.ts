import type { PeerRefusal } from "./errors.ts";

/**
 * Tells a refusal for the shape of the parameters (PROTOCOL.md, W-5.5): by its name or, of a peer that names nothing, by
 * its number. It is of the whole request, and says nothing of those of its topics whose shape is fine.
 */
export function isForItsShape(peer: PeerRefusal | undefined): boolean {
  return /^(INVALID_PARAMS|-32602)$/.test(peer?.code ?? "");
}
