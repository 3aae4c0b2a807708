/** The seed of every ordinary run, so that a red test is the fault of the change it tests. */
const USUAL_SEED = 20_261_122;

const GIVEN_SEED = process.env["MODEL_SEED"] ?? USUAL_SEED;

/** Seed of all runs: `MODEL_SEED=random` hunts where nobody has looked yet, a number looks there again. */
export const SEED: number = (GIVEN_SEED === "random" ? Date.now() : Number(GIVEN_SEED)) | 0;

/** Where fast-check said that a failure was, to run that one alone. */
export const PATH: string | undefined = process.env["MODEL_PATH"];

/** Multiplies the number of runs, for a longer search. */
export const SCALE: number = Number(process.env["MODEL_SCALE"] ?? 1);
