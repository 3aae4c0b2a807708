/** One line of a benchmark's output. */
export interface Line {
  readonly bench: string;
  readonly figure: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: number;
  readonly peer?: string;
  readonly theirs?: number;
  /** `ours / theirs` of the medians. */
  readonly ratio?: number;
  readonly runs: number;
  /** How far our runs are apart: (largest − smallest) / median. */
  readonly spread: number;
}

/** The middle of an odd number of runs. */
export function median(runs: readonly number[]): number {
  return runs.toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] as number;
}

/** Prints a line for a figure, beside a peer's where there is one. */
export function report(
  figure: Pick<Line, "bench" | "figure" | "unit" | "better">,
  ours: readonly number[],
  peer?: { readonly name: string; readonly runs: readonly number[] },
): void {
  const own = median(ours);
  const line: Line = {
    ...figure,
    ours: rounded(own),
    ...(peer === undefined
      ? {}
      : {
          peer: peer.name,
          theirs: rounded(median(peer.runs)),
          ratio: rounded(own / median(peer.runs)),
        }),
    runs: ours.length,
    spread: rounded(own === 0 ? 0 : (Math.max(...ours) - Math.min(...ours)) / own),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Four significant digits: what a run on a shared machine can mean. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
