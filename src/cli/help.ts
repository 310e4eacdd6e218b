import type { CliCommand, CliOptions } from './command.ts';
import { CLI_COMMANDS, PROGRAMS } from './commands.ts';
import { EXIT_CODES } from './exit-code.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { wrap } from './text/columns.ts';

const WIDTH = 80;

/** Help of `ldc` itself. */
export function overallHelp(): string {
  return [
    'ldc: the front door of a unit-based, multi-active system',
    '',
    'Usage: ldc COMMAND [OPTIONS]',
    '',
    'Programs:',
    ...rows(PROGRAMS.map(({ name, summary }) => [name, summary])),
    '',
    'Commands:',
    ...rows(CLI_COMMANDS.map(({ name, operands, summary }) => [`${name} ${operands}`.trim(), summary])),
    '',
    'Options of every command:',
    ...optionRows(GLOBAL_OPTIONS),
    '',
    'Exit codes:',
    ...rows(Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning])),
    '',
    '`ldc COMMAND --help` says more; `ldc --version` prints the version.',
    '',
  ].join('\n');
}

export function commandHelp(command: CliCommand): string {
  return [
    `ldc ${command.name}: ${command.summary}`,
    '',
    `Usage: ldc ${[command.name, command.operands, '[OPTIONS]'].filter((word) => word !== '').join(' ')}`,
    '',
    ...command.details.flatMap((detail) => wrap(detail, WIDTH, '')),
    '',
    'Options:',
    ...optionRows({ ...command.options, ...GLOBAL_OPTIONS }),
    '',
  ].join('\n');
}

function optionRows(options: CliOptions): string[] {
  return rows(
    Object.entries(options).map(([name, { value, help }]) => [
      `--${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
  );
}

function rows(pairs: readonly (readonly [string, string] | string[])[]): string[] {
  const width = Math.max(...pairs.map(([left = '']) => left.length));
  return pairs.flatMap(([left = '', right = '']) =>
    wrap(right, WIDTH, ' '.repeat(width + 4), `  ${left.padEnd(width)}  `),
  );
}
