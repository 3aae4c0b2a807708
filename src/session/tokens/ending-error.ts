import type { PeerError } from "../../protocol/protocol.ts";
import type { OperationEnding } from "../operations/operation.ts";
import type { Proof } from "./completion-token.ts";
import { SessionError, type SessionErrorCode } from "./errors.ts";

/** What an ending is told about. */
export interface EndingSubject {
  /** What ended, for people. */
  readonly what: string;
  /** Code of the error where the peer refused it. */
  readonly refusedCode: SessionErrorCode;
  /** Whether it was written when its deadline passed, or its caller aborted it. */
  readonly written: boolean;
}

/** Returns the error that an ending means for a token, or undefined where it means an ack. */
export function endingError(
  ending: OperationEnding,
  { what, refusedCode, written }: EndingSubject,
): SessionError | undefined {
  switch (ending.by) {
    case "answer":
    case "barrier":
      return undefined;
    case "refusal":
      return refusalError(ending.error, refusedCode, what);
    case "mismatch":
      return badAnswer(what, "the answer has an impossible shape");
    case "loss":
      return new SessionError("LINK_LOST", `the link was lost before ${what} was answered`);
    case "drop":
      return ending.error;
    case "deadline":
    case "abort":
      return timeoutError(ending.by, what, written);
    default:
      throw new Error(`bug: ${what} ended by ${ending.by}`);
  }
}

/** Returns how an ack is known: by the peer's own answer, unless only a barrier proves it. */
export function proofOf(ending: OperationEnding): Proof {
  return ending.by === "barrier" ? "barrier" : "frame";
}

/** Returns the error of a token whose deadline passed or whose caller aborted it. */
export function timeoutError(
  by: OperationEnding["by"],
  what: string,
  written: boolean,
): SessionError {
  if (by === "abort") {
    return written
      ? new SessionError("ABORTED", `${what} was aborted after it was sent`)
      : new SessionError("ABORTED_BEFORE_WRITE", `${what} was aborted before it was sent`);
  }
  return written
    ? new SessionError("DEADLINE_EXCEEDED", `${what} was sent and not answered in time`)
    : new SessionError("DEADLINE_BEFORE_WRITE", `${what} could not be sent in time`);
}

/** Returns the error of a token whose operation the peer refused. */
export function refusalError(
  { code, message, detail, outcome }: PeerError,
  refusedCode: SessionErrorCode,
  what: string,
): SessionError {
  const peer = detail === undefined ? { code, message } : { code, message, detail };
  return outcome === "unknown"
    ? new SessionError("METHOD_FAILED", `${what} may have taken effect: ${code}`, { peer })
    : new SessionError(refusedCode, `${what} was refused: ${code}`, { peer });
}

/** Returns the error of an answer that nothing can be concluded from. */
export function badAnswer(what: string, message: string): SessionError {
  return new SessionError("BAD_ANSWER", `${what}: ${message}`, {
    peer: { code: "BAD_ANSWER", message },
  });
}
