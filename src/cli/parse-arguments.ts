import { parseArgs } from 'node:util';
import { CodedError } from '../errors.ts';
import type { CliValues } from './cli-values.ts';
import type { CliOptions } from './command.ts';
import { suggest } from './suggest.ts';

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly values: CliValues;
}

/** Options and positionals in any order; throws CLI_USAGE, with a suggestion for a mistyped option. */
export function parseArguments(args: readonly string[], options: CliOptions): ParsedArguments {
  const shorts = { help: { short: 'h' } } as Record<string, { short: string }>;
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type }]) => [name, { type, ...shorts[name] }]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const values: Record<string, string | boolean> = {};
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (Object.hasOwn(values, token.name)) throw usage(`option ${token.rawName} is given twice`);
    values[token.name] = optionValue(token, options);
  }
  return { positionals, values };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function optionValue(token: OptionToken, options: CliOptions): string | boolean {
  const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
  if (option === undefined) {
    const near = suggest(token.name, Object.keys(options));
    throw usage(`unknown option ${token.rawName}${near === null ? '' : `; did you mean --${near}?`}`);
  }
  if (option.type === 'boolean') {
    if (token.value !== undefined) throw usage(`option ${token.rawName} takes no value`);
    return true;
  }
  // `--dir --json`: the second is an option, not a name.
  const isMissing = token.value === undefined || (token.inlineValue !== true && token.value.startsWith('--'));
  if (isMissing) throw usage(`option ${token.rawName} needs a value: ${token.rawName} ${option.value ?? 'VALUE'}`);
  return token.value ?? '';
}

export function usage(detail: string): CodedError {
  return new CodedError('CLI_USAGE', detail);
}
