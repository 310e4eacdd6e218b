import type { StatusAnswer } from '../../control/api-types.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { statusLines } from '../text/status-text.ts';

export const status: CliCommand = {
  name: 'status',
  operands: '',
  arity: [0, 0],
  summary: 'is all well? units, shards away from home, cells, gateways',
  details: ['Exit code 1 if there is a problem.'],
  options: {},
  run: show,
};

async function show({ values, env, paint, client }: CliInvocation): Promise<ExitName> {
  const answer = await (await client()).get<StatusAnswer>('/v1/status');
  if (isSet(values, 'json')) env.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else env.stdout.write(`${statusLines(answer, paint, env.stdout.columns).join('\n')}\n`);
  return answer.allWell ? 'ok' : 'failed';
}
