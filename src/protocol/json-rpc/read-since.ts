import type { Position, Since } from "./messages.ts";
import { isCount, isText, readShape } from "./shape.ts";

/** Reads from where events are wanted, as a copy; undefined where it is nothing that a server knows (PROTOCOL.md, W-5.3). */
export function readSince(given: unknown): Since | undefined {
  return (
    readShape<Position>(given, { epoch: isText, seq: isCount }) ??
    readShape<{ readonly last: number }>(given, { last: isCount })
  );
}
