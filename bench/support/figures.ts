/** One measured figure: the runs of ours and, where there is a peer, of the peer in the same session of measuring. */
export interface Figure {
  readonly bench: string;
  readonly figure: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** One value a run. */
  readonly ours: readonly number[];
  readonly peer?: string;
  /** One value a run, interleaved with ours. */
  readonly theirs?: readonly number[];
}

/** Returns the middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Prints a figure as one line of JSON on standard output: medians, their ratio, and how far ours spread. */
export function printFigure({ bench, figure, unit, better, ours, peer, theirs }: Figure): void {
  const middle = median(ours);
  // Half the distance between the extremes, as a share of the median.
  const spread = middle === 0 ? 0 : (Math.max(...ours) - Math.min(...ours)) / 2 / middle;
  const compared =
    peer === undefined || theirs === undefined
      ? {}
      : { peer, theirs: round(median(theirs)), ratio: round(middle / median(theirs)) };
  const line = {
    bench,
    figure,
    unit,
    better,
    ours: round(middle),
    ...compared,
    runs: ours.length,
    spread: round(spread),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Says something to the person who waits; standard output is for figures. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether a smaller load was asked for, to be done within 45 s. */
export const isQuick: boolean = process.argv.includes("--quick");

/** Reads a number that was given as `--name=value`, for a run that is not meant to measure; else the usual one. */
export function sizeOf(name: string, usual: number): number {
  const given = process.argv.find((each) => each.startsWith(`--${name}=`));
  return given === undefined ? usual : Number(given.slice(name.length + 3));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
