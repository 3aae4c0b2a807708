/** What one process saw of one case. */
export interface Observation {
  /** What happened, in a sentence or two. */
  readonly seen: string;
  /** What a documented option or another use of the package changes, as seen in the same process. */
  readonly otherwise?: string;
  /** Whether ours kept its promise; peers leave it out. */
  readonly holds?: boolean;
}
