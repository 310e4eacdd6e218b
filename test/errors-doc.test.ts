import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { errorsDocument } from '../scripts/errors-document.ts';
import { ERRORS, type ErrorSpec } from '../src/errors.ts';
import { productFiles, sourceTree } from './support/source-tree.ts';

const text = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
const table: [string, ErrorSpec][] = Object.entries(ERRORS);

/** The rows of the document, read as a person reads them: the chapter is the side. */
function documented(): Map<string, ErrorSpec> {
  const rows = new Map<string, ErrorSpec>();
  let side = '';
  for (const line of text.split('\n')) {
    side = /^## (\w+)$/.exec(line)?.[1] ?? side;
    const [code, status, retry, message, next] = line
      .split(/(?<!\\)\|/)
      .slice(1)
      .map((cell) => cell.trim().replaceAll('\\|', '|'));
    if (code?.startsWith('`') !== true) continue;
    const known = { status: status === '–' ? 0 : Number(status), side, retry, message, next } as ErrorSpec;
    assert.ok(!rows.has(code), `${code} has two rows`);
    rows.set(code.replaceAll('`', ''), known);
  }
  return rows;
}

test('docs/errors.md is what the table says (`npm run docs:errors` writes it)', () => {
  assert.equal(text, errorsDocument());
});

test('docs/errors.md has a row with the same words for every code, and no other', () => {
  const rows = documented();
  assert.deepEqual(new Set(rows.keys()), new Set(table.map(([code]) => code)));
  for (const [code, spec] of table) assert.deepEqual(rows.get(code), spec, code);
});

test('every code is used by the product', () => {
  const used = new Set<string>();
  for (const { path, tokens } of productFiles(sourceTree('src'))) {
    if (path === 'src/errors.ts') continue;
    for (const { kind, text: content } of tokens) if (kind === 'string') used.add(content);
  }
  assert.deepEqual(
    table.map(([code]) => code).filter((code) => !used.has(code)),
    [],
  );
});

test('every row can be used as it is: status, retry and words fit together', () => {
  for (const [code, { status, retry, message, next }] of table) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    assert.ok(status === 0 || (status >= 400 && status <= 599), `${code}: status ${status}`);
    assert.ok(retry !== 'later' || status === 503 || status === 429, `${code}: only 503 and 429 say when to try again`);
    for (const words of [message, next])
      assert.match(words, /^\S[^\n]*[^\s.]$/, `${code}: one line without a full stop`);
  }
});
