import { parseRuleset } from '../../ruleset/parse-ruleset.ts';
import { isSet } from '../cli-values.ts';
import type { CliCommand, CliInvocation } from '../command.ts';
import type { ExitName } from '../exit-code.ts';
import { readInput } from '../read-input.ts';
import { printable } from '../text/paint.ts';

interface FileVerdict {
  readonly file: string;
  readonly valid: boolean;
  readonly mistakes: readonly {
    readonly line: number;
    readonly column: number;
    readonly path: string;
    readonly message: string;
  }[];
}

export const rulesValidate: CliCommand = {
  name: 'rules validate',
  operands: 'FILE…',
  arity: [1, 100],
  summary: 'check rulesets offline; shows every mistake with its line',
  details: ['A FILE of - is standard input. Exit code 1 if any file has a mistake.'],
  options: {},
  run: validate,
};

async function validate({ positionals, values, env, paint }: CliInvocation): Promise<ExitName> {
  const verdicts: FileVerdict[] = [];
  for (const file of positionals) {
    const parsed = parseRuleset(await readInput(env, file), file);
    const mistakes = parsed.ok ? [] : parsed.mistakes;
    verdicts.push({
      file,
      valid: parsed.ok,
      mistakes: mistakes.map(({ line, column, path, message }) => ({ line, column, path, message })),
    });
  }
  if (isSet(values, 'json')) {
    env.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`);
  } else {
    for (const { file, valid, mistakes } of verdicts) {
      if (valid) env.stdout.write(`${paint.good('valid')}  ${printable(file)}\n`);
      for (const { message } of mistakes) env.stderr.write(`${printable(message)}\n`);
    }
  }
  return verdicts.every(({ valid }) => valid) ? 'ok' : 'failed';
}
