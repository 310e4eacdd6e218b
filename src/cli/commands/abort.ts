import { isSet, textOption } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { Detachment } from '../detachment.ts';
import type { ExitName } from '../exit-code.ts';
import { operationCalls } from '../operation-calls.ts';
import { printable } from '../text/paint.ts';
import { watchOperation } from '../watch-operation.ts';
import { operationId } from './operations.ts';

export const abort: CliCommand = {
  name: 'abort',
  operands: 'ID',
  arity: [1, 1],
  summary: 'end an operation before its grant; shards stay where they are',
  details: [
    'After the grant there is no way back but a new operation, and the abort is refused.',
    'Exit code 0 if it was aborted, 1 if it was too late.',
  ],
  options: { reason: { type: 'string', value: 'TEXT', help: 'why, for the audit' } },
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env } = invocation;
  const id = operationId(positionals[0] ?? '');
  const client = await invocation.client();
  const detachment = new Detachment(env);
  try {
    const operation = await operationCalls.abort(client, id, { reason: textOption(values, 'reason') ?? '' });
    if (!isSet(values, 'json')) env.stdout.write(`operation ${printable(operation.id)}: the abort is asked for\n`);
    const exit = await watchOperation(invocation, client, operation, detachment);
    if (exit === 'ok') env.stderr.write('the abort came too late: the shards had been granted\n');
    return exit === 'aborted' ? 'ok' : exit === 'ok' ? 'failed' : exit;
  } finally {
    detachment.close();
  }
}
