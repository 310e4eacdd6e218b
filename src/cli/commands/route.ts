import type { RouteAnswer } from '../../control/api-types.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { routeLines } from '../text/route-text.ts';

export const route: CliCommand = {
  name: 'route',
  operands: '[USER]',
  arity: [0, 1],
  summary: 'explain where a request goes, and why',
  details: ['Worked out by the code and the table that the gateways run. Without USER: as if no source named a user.'],
  options: {
    path: { type: 'string', value: 'PATH', help: 'default /' },
    method: { type: 'string', value: 'METHOD', help: 'default GET' },
    host: { type: 'string', value: 'HOST', help: 'default localhost' },
    at: {
      type: 'string',
      value: 'DC',
      help: 'data center whose door takes the request; default: the first of the ruleset',
    },
  },
  run: explain,
};

async function explain({ positionals, values, env, paint, client }: CliInvocation): Promise<ExitName> {
  const answer = await (await client()).get<RouteAnswer>('/v1/route', {
    userId: positionals[0],
    path: textOption(values, 'path'),
    method: textOption(values, 'method')?.toUpperCase(),
    host: textOption(values, 'host'),
    dataCenter: textOption(values, 'at'),
  });
  if (isSet(values, 'json')) env.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else env.stdout.write(`${routeLines(answer, paint, env.stdout.columns).join('\n')}\n`);
  return answer.outcome.kind === 'reject' ? 'failed' : 'ok';
}
