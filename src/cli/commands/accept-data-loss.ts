import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { isConfirmed } from '../confirm.ts';
import { Detachment } from '../detachment.ts';
import type { ExitName } from '../exit-code.ts';
import { operationCalls } from '../operation-calls.ts';
import { usage } from '../parse-arguments.ts';
import { lostLines } from '../text/progress-text.ts';
import { LOSS_QUESTION, LOSS_TITLE, watchOperation } from '../watch-operation.ts';
import { operationId } from './operations.ts';

export const acceptDataLoss: CliCommand = {
  name: 'accept-data-loss',
  operands: 'ID',
  arity: [1, 1],
  summary: 'let an emergency go on without writes that may be lost',
  details: ['Shows the recorded range and asks. What returns with the lost data center is set aside and reconciled.'],
  options: {
    yes: { type: 'boolean', help: 'do not ask; needed where nobody can be asked' },
    reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' },
  },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env, paint } = invocation;
  const id = operationId(positionals[0] ?? '');
  const isAsking = !isSet(values, 'yes');
  if (isAsking && (!env.isInteractive || isSet(values, 'json'))) {
    throw usage(`nobody can be asked here: look at \`ldc operations ${id}\` first, then give --yes`);
  }
  const client = await invocation.client();
  const { lost } = await operationCalls.get(client, id);
  if (!isSet(values, 'json')) {
    const none = ['nothing is on record that may be lost'];
    const lines = lost.length === 0 ? none : lostLines(lost, LOSS_TITLE, paint, env.stdout.columns);
    env.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  if (isAsking && !(await isConfirmed(env, LOSS_QUESTION))) {
    env.stdout.write('nothing was accepted\n');
    return 'failed';
  }
  const detachment = new Detachment(env);
  try {
    const operation = await operationCalls.acceptDataLoss(client, id, { reason: textOption(values, 'reason') ?? '' });
    return await watchOperation(invocation, client, operation, detachment, true);
  } finally {
    detachment.close();
  }
}
