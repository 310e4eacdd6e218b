import { CARRY_OUT_OPTIONS, carryOut, EMERGENCY_OPTIONS, overridesOf } from '../carry-out.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';

export const failover: CliCommand = {
  name: 'failover',
  operands: 'dc|city NAME',
  arity: [2, 2],
  summary: 'move everything out of a data center or a city',
  details: [
    'Shows what moves where, what it costs and what the safety rules say, asks, and shows each step until the shards are served again. Ctrl-C leaves the operation running.',
    'A data center that does not answer is told of at once; an emergency then asks nothing of it.',
    'Without --accept-data-loss an emergency in which acknowledged writes may be lost puts on record which, and waits for `ldc accept-data-loss`.',
  ],
  options: { ...CARRY_OUT_OPTIONS, ...EMERGENCY_OPTIONS },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const isEmergency = isSet(invocation.values, 'emergency');
  if (isSet(invocation.values, 'accept-data-loss') && !isEmergency && !invocation.env.isInteractive) {
    throw usage('--accept-data-loss is for an emergency only: give --emergency too');
  }
  return carryOut(invocation, {
    kind: 'failover',
    ...placeOperands(invocation.positionals),
    ...(isEmergency ? { emergency: true } : {}),
    ...overridesOf(invocation),
  });
}

/** `dc NAME` or `city NAME`; throws CLI_USAGE. */
export function placeOperands([word = '', name = '']: readonly string[]): { dataCenter: string } | { city: string } {
  if (word === 'dc') return { dataCenter: name };
  if (word === 'city') return { city: name };
  throw usage(`say what ${JSON.stringify(name)} is: dc ${name} or city ${name}; seen ${JSON.stringify(word)}`);
}
