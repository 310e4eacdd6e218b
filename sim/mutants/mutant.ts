/** One exact replacement: `before` occurs once in its file. */
export interface Change {
  /** From the root of the checkout. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Who finds it. `seeds`: the world in virtual time. `exhaustive`: the search of small worlds (`ldc sim exhaustive --small`). */
export type Engine = 'seeds' | 'exhaustive';

/** A single mistake in the real code, which the simulator has to find. */
export interface Mutant {
  readonly id: string;
  /** The rule that it breaks, in one sentence. */
  readonly breaks: string;
  /** The bracketed trace of docs/ownership-protocol.md that it is, as it stands there; absent: one of our own. */
  readonly trace?: string;
  readonly changes: readonly Change[];
  /** The first is the one that is run. */
  readonly engines: readonly [Engine, ...Engine[]];
  /** It makes the code throw where nothing else would be wrong: the crash counts. */
  readonly crashes?: true;
  /** Found by one of the first few seeds: the test suite runs it each time. */
  readonly quick?: true;
}

/** What most mutants are made of. */
export function change(file: string, before: string, after: string): readonly [Change] {
  return [{ file, before, after }];
}
