import type { FreezeAllAnswer } from '../../control/api-types.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { operationCalls } from '../operation-calls.ts';
import { usage } from '../parse-arguments.ts';
import { wrap } from '../text/columns.ts';
import { utcTime } from '../text/utc-time.ts';

export const freezeAll: CliCommand = {
  name: 'freeze-all',
  operands: 'on|off',
  arity: [1, 1],
  summary: 'forbid that any operation begins, or allow it again',
  details: ['Requests are served as before, and operations under way go on.'],
  options: { reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' } },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env, paint } = invocation;
  const [word = ''] = positionals;
  if (word !== 'on' && word !== 'off') throw usage(`freeze-all takes on or off, seen ${JSON.stringify(word)}`);
  const call = { on: word === 'on', reason: textOption(values, 'reason') ?? '' };
  const answer = await operationCalls.freezeAll(await invocation.client(), call);
  const text = isSet(values, 'json')
    ? JSON.stringify(answer, null, 2)
    : wrap(stateText(answer), env.stdout.columns, '  ')
        .map(answer.on ? paint.bad : paint.good)
        .join('\n');
  env.stdout.write(`${text}\n`);
  return 'ok';
}

function stateText({ on, author, reason, at }: FreezeAllAnswer): string {
  const by =
    author === null ? '' : ` (${author}${at === null ? '' : `, ${utcTime(at)}`}${reason === '' ? '' : `: ${reason}`})`;
  return on ? `no operation may begin, until \`ldc freeze-all off\`${by}` : `operations may begin${by}`;
}
