import type { RulesetAnswer } from '../../control/api-types.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { printable } from '../text/paint.ts';

export const rulesShow: CliCommand = {
  name: 'rules show',
  operands: '',
  arity: [0, 0],
  summary: 'print the running ruleset as its author wrote it',
  details: ['--json adds who applied it, when, why, and at which epoch.'],
  options: {},
  run: show,
};

async function show({ values, env, client }: CliInvocation): Promise<ExitName> {
  const answer = await (await client()).get<RulesetAnswer>('/v1/rules/show');
  if (isSet(values, 'json')) env.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else env.stdout.write(env.stdout.isTerminal ? answer.text.split('\n').map(printable).join('\n') : answer.text);
  return 'ok';
}
