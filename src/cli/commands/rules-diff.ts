import type { DiffAnswer } from '../../control/api-types.ts';
import type { TopologyDocument } from '../../core/topology-document.ts';
import { diffTopologies } from '../../ruleset/diff-topologies.ts';
import { parseRuleset } from '../../ruleset/parse-ruleset.ts';
import type { CliEnvironment } from '../cli-environment.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { readInput, readTextInput, recordName } from '../read-input.ts';
import { printable } from '../text/paint.ts';
import { bullets, diffLines, refusalLines } from '../text/ruleset-text.ts';

export const rulesDiff: CliCommand = {
  name: 'rules diff',
  operands: 'FILE',
  arity: [1, 1],
  summary: 'say in words what applying a ruleset would change',
  details: ['Compares with what runs, or offline with another file. Changes nothing.'],
  options: {
    against: { type: 'string', value: 'FILE', help: 'compare with this file instead; needs no control node' },
  },
  run: diff,
};

async function diff(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env, paint } = invocation;
  const file = positionals[0] ?? '';
  const against = textOption(values, 'against');
  if (against !== undefined) return diffOffline(invocation, against, file);
  const text = await readTextInput(env, file);
  const answer = await (await invocation.client()).post<DiffAnswer>('/v1/rules/diff', { file: recordName(file), text });
  if (isSet(values, 'json')) env.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else print(env, diffLines(answer, paint, env.stdout.columns));
  return answer.refusals.length === 0 ? 'ok' : 'failed';
}

async function diffOffline({ values, env, paint }: CliInvocation, before: string, after: string): Promise<ExitName> {
  const documents = [await parse(env, before), await parse(env, after)] as const;
  if (documents[0] === null || documents[1] === null) return 'failed';
  const { changes } = diffTopologies(documents[0], documents[1]);
  const refusals = changes.flatMap((change) => (change.forbidden === null ? [] : [change.text]));
  if (isSet(values, 'json')) {
    env.stdout.write(`${JSON.stringify({ changes, refusals }, null, 2)}\n`);
  } else if (changes.length === 0) {
    env.stdout.write('nothing changes\n');
  } else {
    const width = env.stdout.columns;
    const texts = changes.map(({ text }) => text);
    print(env, [...bullets(texts, width), ...refusalLines(refusals, paint, width)]);
  }
  return refusals.length === 0 ? 'ok' : 'failed';
}

async function parse(env: CliEnvironment, file: string): Promise<TopologyDocument | null> {
  const parsed = parseRuleset(await readInput(env, file), file);
  if (parsed.ok) return parsed.document;
  for (const { message } of parsed.mistakes) env.stderr.write(`${printable(message)}\n`);
  return null;
}

function print(env: CliEnvironment, lines: readonly string[]): void {
  env.stdout.write(`${lines.join('\n')}\n`);
}
