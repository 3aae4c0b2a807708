import { DecimalError } from "./decimal-error.ts";

/** What a Standard Schema validator answers: the value, or why there is none. */
export type StandardResult<Output> =
  | {
      /** The validated value. */
      readonly value: Output;
      /** Absent on success. */
      readonly issues?: undefined;
    }
  | {
      /** Why the input was refused: one entry, whose message starts with the error's code. */
      readonly issues: readonly StandardIssue[];
    };

/** One reason for refusing an input. */
export interface StandardIssue {
  /** The error's code, a colon and its message. */
  readonly message: string;
}

/**
 * Lets any library that takes a Standard Schema (version 1, standardschema.dev) validate with a
 * decimal type.
 */
export interface StandardProperties<Input, Output> {
  /** The version of the specification. */
  readonly version: 1;
  /** Who validates. */
  readonly vendor: "orderly-ws";
  /** Validates one input; never throws for a bad one. */
  readonly validate: (value: unknown) => StandardResult<Output>;
  /** Carries the types for inference; absent at run time. */
  readonly types?: {
    /** What may be given. */
    readonly input: Input;
    /** What comes out. */
    readonly output: Output;
  };
}

/** Makes the `~standard` property from a function that throws {@link DecimalError} for bad input. */
export function standardProperties<Input, Output>(
  convert: (value: unknown) => Output,
): StandardProperties<Input, Output> {
  return {
    version: 1,
    vendor: "orderly-ws",
    validate(value) {
      try {
        return { value: convert(value) };
      } catch (error) {
        if (!(error instanceof DecimalError)) throw error;
        return { issues: [{ message: `${error.code}: ${error.message}` }] };
      }
    },
  };
}
