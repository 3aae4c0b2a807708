/** What keeps this process alive, by kind. */
export function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo())
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Timers and sockets that were not there before. */
export function leaks(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after]
    .filter(
      ([name, count]) => /Timeout|TCP|Immediate/.test(name) && count > (before.get(name) ?? 0),
    )
    .map(([name, count]) => `${count - (before.get(name) ?? 0)} ${name}`);
}

/** How much the second half of the samples is above the first, as a share. */
export function growth(samples: readonly number[]): number {
  const half = Math.floor(samples.length / 2);
  if (half === 0) return 0;
  const mean = (part: readonly number[]): number =>
    part.reduce((sum, value) => sum + value, 0) / part.length;
  return Number((mean(samples.slice(-half)) / mean(samples.slice(0, half)) - 1).toFixed(3));
}

/** Says what is wrong with a heap's growth, if anything. */
export function slopeProblem(name: string, samples: readonly number[]): string[] {
  // The server's history fills up to its bound; a leak of one session's worth would show far above this.
  const allowed = 0.25;
  const grown = growth(samples);
  return grown > allowed ? [`the heap of the ${name} grew by ${(grown * 100).toFixed(0)} %`] : [];
}

export function mebibytes(bytes: number | undefined): string {
  return `${((bytes ?? 0) / 1_048_576).toFixed(0)} MiB`;
}
