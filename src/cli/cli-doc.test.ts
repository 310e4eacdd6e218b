import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLI_COMMANDS } from './commands.ts';
import { EXIT_CODES } from './exit-code.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';

const DOC = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

test('docs/cli.md has a row for every command with its operands and options, and no other', () => {
  const rows = [...DOC.matchAll(/^\| `ldc ([^`]+)` \|.*\| (.*)\|$/gm)].map(
    // A bar inside of a table's cell is escaped.
    ([, usage = '', also = '']) => [usage.replaceAll('\\|', '|'), also] as const,
  );
  assert.deepEqual(
    rows.map(([usage]) => usage),
    CLI_COMMANDS.map(({ name, operands }) => `${name} ${operands}`.trim()),
  );
  for (const [index, { name, options }] of CLI_COMMANDS.entries()) {
    const documented = [...(rows[index]?.[1] ?? '').matchAll(/`--([\w-]+)`/g)].map(([, option]) => option);
    assert.deepEqual(documented, Object.keys(options), name);
  }
  for (const option of Object.keys(GLOBAL_OPTIONS)) assert.match(DOC, new RegExp(`\`--${option}`));
});

test('docs/cli.md has the exit codes of the table', () => {
  const rows = [...DOC.matchAll(/^\| (\d) \| (.*) \|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }));
  assert.deepEqual(rows, Object.values(EXIT_CODES));
});
