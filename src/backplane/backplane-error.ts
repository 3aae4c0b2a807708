/** Every code that a {@link BackplaneError} has. */
export const BACKPLANE_ERROR_CODES = ["BACKPLANE_FULL", "BACKPLANE_UNAVAILABLE"] as const;

/**
 * One of {@link BACKPLANE_ERROR_CODES}:
 *
 * - `BACKPLANE_FULL`: as many topics are known as may, and all of them are joined; nothing was numbered
 * - `BACKPLANE_UNAVAILABLE`: what carries the events cannot be reached; whether an event was numbered is unknown
 */
export type BackplaneErrorCode = (typeof BACKPLANE_ERROR_CODES)[number];

/** Is every error that a backplane throws or rejects with. */
export class BackplaneError extends Error {
  /** Stable identifier. */
  readonly code: BackplaneErrorCode;

  constructor(code: BackplaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BackplaneError";
    this.code = code;
  }
}
