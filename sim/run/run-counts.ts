/** How often something was seen, by its name. */
export type Counts = Readonly<Record<string, number>>;

/** What was done and seen in a seed, or in many of them. */
export interface RunCounts {
  readonly virtualMs: number;
  /** Events of the world. */
  readonly turns: number;
  /** Tries of clients. */
  readonly requests: number;
  readonly faults: Counts;
  /** By kind and outcome. */
  readonly operations: Counts;
  readonly answers: Counts;
}
