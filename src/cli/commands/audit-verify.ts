import type { AuditVerifyAnswer } from '../../control/api-types.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { auditVerifyLines } from '../text/audit-text.ts';

export const auditVerify: CliCommand = {
  name: 'audit verify',
  operands: '',
  arity: [0, 0],
  summary: 'check that no audit record was changed or is missing',
  details: ['Each record carries the hash of the one before. Exit code 1 if one does not fit.'],
  options: {},
  run,
};

async function run({ values, env, paint, client }: CliInvocation): Promise<ExitName> {
  const answer = await (await client()).get<AuditVerifyAnswer>('/v1/audit/verify');
  const text = isSet(values, 'json')
    ? JSON.stringify(answer, null, 2)
    : auditVerifyLines(answer, paint, env.stdout.columns).join('\n');
  env.stdout.write(`${text}\n`);
  return answer.whole ? 'ok' : 'failed';
}
