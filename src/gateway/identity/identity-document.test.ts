import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { IDENTITY_EVENTS } from './identity-events.ts';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.ts';
import { ASYMMETRIC_ALGORITHMS } from './jwt-issuer.ts';

const text = readFileSync(new URL('../../../docs/identity.md', import.meta.url), 'utf8');

/** `1,024` and `16 Mi` as the document writes them. */
function written(value: number): string {
  return value === 16 * 1024 * 1024 ? '16 Mi' : value.toLocaleString('en-US');
}

test('docs/identity.md has every setting with its default', () => {
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  for (const group of ['token', 'keys', 'session'] as const) {
    for (const [name, value] of Object.entries(DEFAULT_IDENTITY_SETTINGS[group])) {
      const row = rows.find((line) => line.includes(`\`${group}.${name}\``));
      assert.ok(row !== undefined, `${group}.${name} is missing`);
      assert.ok(row.includes(written(value)), `${group}.${name}: ${written(value)} is missing in ${row}`);
    }
  }
});

test('docs/identity.md has every counter', () => {
  const section = text.slice(text.indexOf('## Counters'));
  for (const event of IDENTITY_EVENTS) assert.ok(section.includes(`\`${event}\``), event);
});

test('the algorithms are those that docs/identity.md lists', () => {
  const families = [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ];
  assert.deepEqual([...ASYMMETRIC_ALGORITHMS], families);
  assert.ok(text.includes('`RS256`–`512`, `PS256`–`512`, `ES256`–`512`, `EdDSA`, `Ed25519`'));
});
