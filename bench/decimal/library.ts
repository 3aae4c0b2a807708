import type { Inputs, Size } from "./inputs.ts";

/** What is measured in operations a second, in the order of the report. */
export const FIGURES = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "quantize",
  "compare",
  "parse",
  "format",
] as const;

/** One of {@link FIGURES}. */
export type Figure = (typeof FIGURES)[number];

/** Does an operation once on every input and stores each result, so that none can be left out. */
type Batch = (results: unknown[]) => void;

/** The operations of one library on one set of inputs. */
export interface Operations {
  /** A loop of its own for each figure: a shared one would have the engine call through a pointer. */
  readonly batches: Readonly<Partial<Record<Figure, Batch>>>;
  /** Writes a result with 6 fraction digits, to compare the libraries' answers. */
  readonly print: (result: unknown) => string;
  /** Makes a value from a text of 6 fraction digits, to measure its memory. */
  readonly make: (text: string) => unknown;
}

/** Prepares a library. */
export type Library = (inputs: Inputs, size: Size) => Operations;
