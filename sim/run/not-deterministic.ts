import type { SeedResult } from './seed-run.ts';

/** A seed that meant something else when it was run again: a bug of the simulator, or of code that looks at the machine. */
export class NotDeterministic extends Error {
  constructor(seed: number, first: SeedResult, second: SeedResult) {
    const where = first.turns === second.turns ? '' : `, ${first.turns} events and ${second.turns}`;
    super(
      `seed ${seed} gives the hashes ${first.hash} and ${second.hash}${where}: something looks at the machine, or is kept from one world to the next`,
    );
    this.name = 'NotDeterministic';
  }
}
