import { AdoptionModel } from './adoption/adoption-model.ts';
import { type Exploration, explore, type Model } from './explore.ts';
import { OwnershipModel } from './ownership/ownership-model.ts';
import { LARGE_WORLDS, SMALL_WORLDS } from './ownership/ownership-worlds.ts';
import { SupersedeModel } from './supersede/supersede-model.ts';
import * as supersede from './supersede/supersede-worlds.ts';
import { WitnessModel } from './witness/witness-model.ts';
import { CHANGING_SET, FIXED_SET } from './witness/witness-rules.ts';

export interface ExhaustiveFigures {
  /** No sentence was broken, and every world was searched to its end. */
  readonly isGood: boolean;
  /** Distinct ones of all worlds. */
  readonly states: number;
  readonly worlds: readonly SearchedWorld[];
}

interface SearchedWorld {
  readonly name: string;
  readonly states: number;
  /** Steps from the first state to the farthest. */
  readonly depth: number;
}

/**
 * Searches every order of events in small worlds, and prints a line for each. If a sentence was broken the shortest trace
 * stands below its world. `isSmall`: only the worlds that take seconds. `monotonicMs` is for the rate alone.
 */
export function runExhaustive(
  isSmall: boolean,
  monotonicMs: () => number,
  print: (line: string) => void,
): ExhaustiveFigures {
  const worlds = isSmall ? SMALL_WORLDS : [...SMALL_WORLDS, ...LARGE_WORLDS];
  const emergencies = isSmall ? supersede.SMALL_WORLDS : [...supersede.SMALL_WORLDS, ...supersede.LARGE_WORLDS];
  const searches: (readonly [name: string, run: () => Exploration])[] = [
    search('adoption: a restored store, three copies', new AdoptionModel()),
    ...worlds.map((world) => search(`ownership: ${world.name}`, new OwnershipModel(world))),
    ...emergencies.map(({ name, left }) =>
      search(`emergencies that supersede one another: ${name}`, new SupersedeModel(left)),
    ),
    search('witnesses: three, two freezes, two faults', new WitnessModel(FIXED_SET)),
    search('witnesses: a set that changes', new WitnessModel(CHANGING_SET)),
  ];
  let isGood = true;
  const searched: SearchedWorld[] = [];
  for (const [name, run] of searches) {
    const startedAt = monotonicMs();
    const result = run();
    const seconds = (monotonicMs() - startedAt) / 1000;
    searched.push({ name, states: result.states, depth: result.depth });
    isGood &&= result.found === null && result.isComplete;
    for (const line of linesOf(name, result, seconds)) print(line);
  }
  const states = searched.reduce((sum, world) => sum + world.states, 0);
  print(`${states} distinct states in all${isGood ? ', every order of events searched, no sentence broken' : ''}`);
  return { isGood, states, worlds: searched };
}

function search<State>(name: string, model: Model<State>): readonly [string, () => Exploration] {
  return [name, () => explore(model)];
}

function linesOf(name: string, { states, depth, isComplete, found }: Exploration, seconds: number): string[] {
  const line = `${name}: ${states} states, depth ${depth}, ${seconds.toFixed(1)} s`;
  if (found !== null) return [`${line}, BROKEN: ${found.sentence}`, ...found.trace.map((step) => `    ${step}`)];
  return [isComplete ? line : `${line}, not searched to the end`];
}
