import { CARRY_OUT_OPTIONS, carryOut, overridesOf } from '../carry-out.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { placeOperands } from './failover.ts';

export const failback: CliCommand = {
  name: 'failback',
  operands: 'dc|city NAME',
  arity: [2, 2],
  summary: 'bring everything of a data center or a city back home',
  details: [
    'All shards of its units go home, their primaries too, and overrides of weights go. What cannot go all the way yet goes as far as it can.',
  ],
  options: CARRY_OUT_OPTIONS,
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  return carryOut(invocation, {
    kind: 'failback',
    ...placeOperands(invocation.positionals),
    ...overridesOf(invocation),
  });
}
