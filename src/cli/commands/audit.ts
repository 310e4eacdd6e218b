import type { AuditAnswer } from '../../control/api-types.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';
import { auditLines } from '../text/audit-text.ts';

export const audit: CliCommand = {
  name: 'audit',
  operands: '',
  arity: [0, 0],
  summary: 'who changed what, and why; newest first',
  details: [],
  options: {
    before: { type: 'string', value: 'EPOCH', help: 'only records below this epoch' },
  },
  run,
};

async function run({ values, env, paint, client }: CliInvocation): Promise<ExitName> {
  const before = textOption(values, 'before');
  if (before !== undefined && !/^\d{1,15}$/.test(before)) {
    throw usage(`--before is ${JSON.stringify(before)}, must be an epoch`);
  }
  const answer = await (await client()).get<AuditAnswer>('/v1/audit', { before });
  const text = isSet(values, 'json')
    ? JSON.stringify(answer, null, 2)
    : auditLines(answer, paint, env.stdout.columns).join('\n');
  env.stdout.write(`${text}\n`);
  return 'ok';
}
