import { writeFileSync } from 'node:fs';
import { type MachineFacts, machineFacts } from '../../bench/machine.ts';
import { commitOf } from '../drill/commit.ts';

/** Writes the `results.json` beside a command's source: when, which commit and machine, and the figures. Taken before the run, `machine` tells its load. */
export function recordFigures(beside: string, figures: object, machine: MachineFacts = machineFacts()): void {
  const result = { at: new Date().toISOString(), commit: commitOf(), machine, ...figures };
  writeFileSync(new URL('results.json', beside), `${JSON.stringify(result, null, 2)}\n`);
}
