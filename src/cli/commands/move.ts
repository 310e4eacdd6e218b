import { CARRY_OUT_OPTIONS, carryOut, EMERGENCY_OPTIONS, overridesOf } from '../carry-out.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';

export const move: CliCommand = {
  name: 'move',
  operands: 'SHARDS',
  arity: [1, 1],
  summary: 'move shards (00-09,42,G) to another unit',
  details: ['The unit needs a copy of the shards; the plan says which have one. Shards that it owns already stay.'],
  options: {
    to: { type: 'string', value: 'UNIT', help: 'needed: the unit that takes them' },
    ...CARRY_OUT_OPTIONS,
    ...EMERGENCY_OPTIONS,
  },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const shards = invocation.positionals[0] ?? '';
  const to = textOption(invocation.values, 'to');
  if (to === undefined) throw usage('say which unit takes the shards: --to UNIT');
  if (!/^[0-9G,-]{1,4096}$/.test(shards)) {
    throw usage(`the shards are ${JSON.stringify(shards)}, must be like 00-09, 07,40-42 or G`);
  }
  const emergency = isSet(invocation.values, 'emergency') ? { emergency: true } : {};
  return carryOut(invocation, { kind: 'move', shards, to, ...emergency, ...overridesOf(invocation) });
}
