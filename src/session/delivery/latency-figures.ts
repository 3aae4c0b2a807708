/** What a histogram of milliseconds says: to two significant digits, from a microsecond up; all 0 where it is empty. */
export interface LatencyFigures {
  /** How many were measured. */
  readonly count: number;
  /** The shortest, in milliseconds. */
  readonly minMs: number;
  /** The mean, in milliseconds. */
  readonly meanMs: number;
  /** The median, in milliseconds. */
  readonly p50Ms: number;
  /** The 90th percentile, in milliseconds. */
  readonly p90Ms: number;
  /** The 99th percentile, in milliseconds. */
  readonly p99Ms: number;
  /** The longest, in milliseconds. */
  readonly maxMs: number;
}

/** What is read of a histogram, such as one of `node:perf_hooks`, that counts microseconds. */
interface HistogramUs {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  percentile(percent: number): number;
}

/** Reads a histogram of microseconds. */
export function latencyFigures(histogram: HistogramUs): LatencyFigures {
  if (histogram.count === 0)
    return { count: 0, minMs: 0, meanMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0 };
  const toMs = (us: number): number => us / 1_000;
  return {
    count: histogram.count,
    minMs: toMs(histogram.min),
    meanMs: toMs(histogram.mean),
    p50Ms: toMs(histogram.percentile(50)),
    p90Ms: toMs(histogram.percentile(90)),
    p99Ms: toMs(histogram.percentile(99)),
    maxMs: toMs(histogram.max),
  };
}
