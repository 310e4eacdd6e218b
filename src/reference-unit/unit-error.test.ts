import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CELL_LIMIT_DEFAULTS, REPLICATION_DEFAULTS } from './process-options.ts';
import { UNIT_ERRORS } from './unit-error.ts';

const documentation = readFileSync(new URL('../../docs/reference-unit.md', import.meta.url), 'utf8');
const rowsOf = (heading: string): string[][] => {
  const [, section = ''] = documentation.split(`## ${heading}\n`);
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split('|').map((field) => field.trim().replaceAll('`', '')));
};

test('the documentation has every error code with its status, and no other', () => {
  const documented = Object.fromEntries(rowsOf('Errors').map(([, code, status]) => [code, Number(status)]));
  const real = Object.fromEntries(Object.entries(UNIT_ERRORS).map(([code, { status }]) => [code, status]));
  assert.deepEqual(documented, real);
});

test('the documentation has every setting with its default, and no other', () => {
  const documented = Object.fromEntries(
    rowsOf('Settings').map(([, name, value]) => [name, value?.replaceAll(' ', '')]),
  );
  const real = Object.fromEntries([
    ...Object.entries(REPLICATION_DEFAULTS).map(([name, value]) => [`replication.${name}`, String(value)]),
    ...Object.entries(CELL_LIMIT_DEFAULTS).map(([name, value]) => [`limits.${name}`, String(value)]),
  ]);
  assert.deepEqual(documented, real);
});
