import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catchMutant } from './catch-mutant.ts';
import { applyMutant, changed, MutantTree } from './mutant-tree.ts';
import { MUTANTS } from './mutants.ts';

const at = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url));
/** Those of the fixed share are found by one of so many seeds. */
const SEEDS = 25;
const LIMIT_MS = 240_000;

test('there are at least thirty mutants, each with a name of its own and a sentence', () => {
  assert.ok(MUTANTS.length >= 30);
  assert.equal(new Set(MUTANTS.map(({ id }) => id)).size, MUTANTS.length);
  for (const { id, breaks } of MUTANTS) assert.match(breaks, /^[A-Z`].*\.$/, id);
});

test('what a mutant replaces is in the source exactly once: the list has not rotted', () => {
  for (const { id, changes } of MUTANTS) {
    const texts = new Map<string, string>();
    for (const change of changes) {
      assert.match(change.file, /^src\//, `${id} is a mistake in the product’s own code`);
      const text = texts.get(change.file) ?? readFileSync(at(change.file), 'utf8');
      const mistaken = changed(text, change);
      assert.notEqual(mistaken, text, id);
      texts.set(change.file, mistaken);
    }
  }
});

test('every trace that stands in brackets in docs/ownership-protocol.md has a mutant', () => {
  const traces = MUTANTS.flatMap(({ trace = [] }) => trace);
  const bracketed = [
    '8',
    'no term: 3',
    'no step: 12',
    '12',
    'from the answer',
    '9–10',
    '7',
    '17',
    '23',
    '22',
    '10',
    '24',
    '18–20',
  ];
  for (const trace of bracketed)
    assert.ok(
      traces.some((each) => each.startsWith(trace)),
      trace,
    );
});

test('a text that is missing, or there twice, is an error that names the file', () => {
  const change = { file: 'a.ts', before: 'x', after: 'y' };
  assert.equal(changed('1 x 2', change), '1 y 2');
  assert.throws(() => changed('x x', change), /a\.ts has 2 times/);
  assert.throws(() => changed('', change), /a\.ts has 0 times/);
});

let tree: MutantTree;
before(() => {
  tree = new MutantTree();
});
after(() => tree.remove());

for (const mutant of MUTANTS.filter(({ quick }) => quick === true))
  test(`${mutant.id} is caught within ${SEEDS} seeds`, { timeout: LIMIT_MS + 10_000 }, async () => {
    const restore = applyMutant(tree.root, mutant);
    try {
      const caught = await catchMutant(mutant, { root: tree.root, from: 1, seeds: SEEDS, limitMs: LIMIT_MS });
      assert.notEqual(caught.by, null, caught.detail);
    } finally {
      restore();
    }
  });
