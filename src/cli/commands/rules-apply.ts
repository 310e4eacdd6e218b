import type { ApplyAnswer, ApplyCall, DiffAnswer } from '../../control/api-types.ts';
import { parseRuleset } from '../../ruleset/parse-ruleset.ts';
import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { type ControlClient, RULESET_CHANGE } from '../control-client.ts';
import type { ExitName } from '../exit-code.ts';
import { usage } from '../parse-arguments.ts';
import { readTextInput, recordName } from '../read-input.ts';
import { printable } from '../text/paint.ts';
import { diffLines } from '../text/ruleset-text.ts';

export const rulesApply: CliCommand = {
  name: 'rules apply',
  operands: 'FILE',
  arity: [1, 1],
  summary: 'apply a ruleset on the epoch that its diff was made on',
  details: [
    'Shows the diff and asks. Moves no shard: what is then away from home is listed, and an operation moves it.',
    'Exit code 4 if somebody else changed the table meanwhile; nothing was changed then.',
  ],
  options: {
    yes: { type: 'boolean', help: 'do not ask; needed where nobody can be asked' },
    epoch: { type: 'string', value: 'N', help: 'apply only on this epoch; default: the one that the diff shows' },
    reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' },
  },
  run: apply,
};

async function apply(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env, paint } = invocation;
  const file = positionals[0] ?? '';
  const epoch = epochOption(textOption(values, 'epoch'));
  if (!isSet(values, 'yes') && (!env.isInteractive || file === '-' || isSet(values, 'json'))) {
    throw usage('nobody can be asked here: look at `ldc rules diff` first, then give --yes, best with --epoch N');
  }
  const text = await readTextInput(env, file);
  const mistakes = mistakesOf(text, file);
  for (const message of mistakes) env.stderr.write(`${printable(message)}\n`);
  if (mistakes.length > 0) return 'failed';
  const client = await invocation.client();
  const diff = await client.post<DiffAnswer>('/v1/rules/diff', { file: recordName(file), text });
  if (!isSet(values, 'json')) env.stdout.write(`${diffLines(diff, paint, env.stdout.columns).join('\n')}\n`);
  if (diff.refusals.length > 0 && !isSet(values, 'json')) return 'failed';
  const plannedOnEpoch = epoch ?? diff.plannedOnEpoch;
  if (diff.changes.length > 0 && !isSet(values, 'yes') && !(await isConfirmed(invocation, plannedOnEpoch)))
    return 'failed';
  const reason = textOption(values, 'reason') ?? '';
  return send(invocation, client, {
    file: recordName(file),
    text,
    plannedOnEpoch,
    incarnation: diff.incarnation,
    reason,
    id: env.randomId(),
  });
}

async function send({ values, env, paint }: CliInvocation, client: ControlClient, call: ApplyCall): Promise<ExitName> {
  const answer = await client.post<ApplyAnswer>('/v1/rules/apply', call, RULESET_CHANGE);
  if (isSet(values, 'json')) {
    env.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  } else if (answer.outcome === 'nothing') {
    env.stdout.write(`nothing was written: epoch ${answer.epoch} says the same\n`);
  } else {
    env.stdout.write(`${paint.good('applied')}: epoch ${answer.epoch}; \`ldc status\` shows which gateways run it\n`);
  }
  return 'ok';
}

async function isConfirmed({ env }: CliInvocation, epoch: number): Promise<boolean> {
  const answer = await env.ask(`Apply on epoch ${epoch}? [y/N] `);
  if (answer !== null && /^y(es)?$/i.test(answer.trim())) return true;
  env.stdout.write('nothing was applied\n');
  return false;
}

function mistakesOf(text: string, file: string): string[] {
  const parsed = parseRuleset(text, file);
  return parsed.ok ? [] : parsed.mistakes.map(({ message }) => message);
}

function epochOption(text: string | undefined): number | null {
  if (text === undefined) return null;
  const epoch = Number(text);
  if (!/^\d{1,15}$/.test(text) || !Number.isSafeInteger(epoch))
    throw usage(`--epoch is ${JSON.stringify(text)}, must be a whole number`);
  return epoch;
}
