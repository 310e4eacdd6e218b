import type { OperationsAnswer } from '../../control/api-types.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import { Detachment } from '../detachment.ts';
import type { ExitName } from '../exit-code.ts';
import { operationCalls } from '../operation-calls.ts';
import { usage } from '../parse-arguments.ts';
import { operationHeadLines, operationsLines } from '../text/operation-text.ts';
import { exitOfOperation, watchOperation } from '../watch-operation.ts';

export const operations: CliCommand = {
  name: 'operations',
  operands: '[ID]',
  arity: [0, 1],
  summary: 'list operations, or watch one',
  details: [
    'With ID: what it is about and its steps; one that is under way is shown until its end. Ctrl-C leaves it running.',
    'With --json: its state now.',
  ],
  options: {},
  run,
};

async function run(invocation: CliInvocation): Promise<ExitName> {
  const { positionals, values, env, paint } = invocation;
  const client = await invocation.client();
  const [id] = positionals;
  if (id === undefined) {
    const answer = await client.get<OperationsAnswer>('/v1/operations');
    const text = isSet(values, 'json')
      ? JSON.stringify(answer, null, 2)
      : operationsLines(answer, paint, env.stdout.columns).join('\n');
    env.stdout.write(`${text}\n`);
    return 'ok';
  }
  const operation = await operationCalls.get(client, operationId(id));
  if (isSet(values, 'json')) {
    env.stdout.write(`${JSON.stringify(operation, null, 2)}\n`);
    return exitOfOperation(operation);
  }
  env.stdout.write(`${operationHeadLines(operation, paint, env.stdout.columns).join('\n')}\n`);
  const detachment = new Detachment(env);
  try {
    return await watchOperation(invocation, client, operation, detachment);
  } finally {
    detachment.close();
  }
}

/** Throws CLI_USAGE. */
export function operationId(text: string): string {
  if (/^[\w.:-]{1,128}$/.test(text)) return text;
  throw usage(`the operation’s ID is ${JSON.stringify(text)}, must be one that \`ldc operations\` shows`);
}
