import { WIRE_ERRORS } from "../protocol/json-rpc/error-codes.ts";
import type { WireError } from "../protocol/json-rpc/messages.ts";

/** What a fake server's answer throws to refuse a call. */
export class FakeRefusal extends Error {
  /** A name of the wire's errors, or the application's own. */
  readonly code: string;
  /** The number of the JSON-RPC error. */
  readonly number: number;
  /** What else the answer says. */
  readonly detail: unknown;

  /** @param number - Defaults to the code's own, or that of refusals. */
  constructor(code: string, detail?: unknown, number: number = numberOf(code)) {
    super(`refused: ${code}`);
    this.name = "FakeRefusal";
    this.code = code;
    this.number = number;
    this.detail = detail;
  }

  /** The `error` member of the answer. */
  toWire(): WireError {
    const detail = this.detail === undefined ? {} : { detail: this.detail };
    return { code: this.number, message: this.message, data: { code: this.code, ...detail } };
  }
}

function numberOf(code: string): number {
  const known = Object.hasOwn(WIRE_ERRORS, code) ? code : "REFUSED";
  return WIRE_ERRORS[known as keyof typeof WIRE_ERRORS].number;
}
