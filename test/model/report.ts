/** Seed of all runs; another one in each run of the tests, unless it is given. */
export const SEED: number = Number(process.env["MODEL_SEED"] ?? Date.now()) | 0;

/** Where fast-check said that a failure was, to run that one alone. */
export const PATH: string | undefined = process.env["MODEL_PATH"];

/** Multiplies the number of runs, for a longer search. */
export const SCALE: number = Number(process.env["MODEL_SCALE"] ?? 1);
