/** A world whose every possible step can be listed. States are values: a step never changes the state that it was taken from. */
export interface Model<State> {
  readonly first: State;
  /** Equal keys mean equal states. */
  key(state: State): string;
  successors(state: State): readonly (readonly [step: string, next: State])[];
  /** The sentence that this state breaks, or null. */
  violation(state: State): string | null;
}

export interface Exploration {
  /** Distinct states. */
  readonly states: number;
  /** Steps from the first state to the farthest. */
  readonly depth: number;
  /** False: the bound on states was reached before the end. */
  readonly isComplete: boolean;
  readonly found: Counterexample | null;
}

export interface Counterexample {
  readonly sentence: string;
  /** The names of the steps: a shortest way from the first state. */
  readonly trace: readonly string[];
}

/**
 * Breadth-first search (Clarke et al., "Model Checking"; the order makes every counterexample a shortest one). Ends at the first
 * violation, at `maxStates`, or when nothing new can happen.
 */
export function explore<State>(model: Model<State>, maxStates = 20_000_000): Exploration {
  const origins = new Map<string, readonly [before: string, step: string] | null>([[model.key(model.first), null]]);
  let layer: (readonly [key: string, state: State])[] = [[model.key(model.first), model.first]];
  for (let depth = 0; ; depth += 1) {
    const next: (readonly [string, State])[] = [];
    for (const [key, state] of layer) {
      const sentence = model.violation(state);
      if (sentence !== null) {
        const found = { sentence, trace: traceTo(origins, key) };
        return { states: origins.size, depth, isComplete: false, found };
      }
      for (const [step, after] of model.successors(state)) {
        const afterKey = model.key(after);
        if (origins.has(afterKey)) continue;
        origins.set(afterKey, [key, step]);
        next.push([afterKey, after]);
      }
      if (origins.size >= maxStates) return { states: origins.size, depth, isComplete: false, found: null };
    }
    if (next.length === 0) return { states: origins.size, depth, isComplete: true, found: null };
    layer = next;
  }
}

function traceTo(origins: ReadonlyMap<string, readonly [string, string] | null>, key: string): string[] {
  const steps: string[] = [];
  for (let at = origins.get(key); at !== undefined && at !== null; at = origins.get(at[0])) steps.unshift(at[1]);
  return steps;
}
