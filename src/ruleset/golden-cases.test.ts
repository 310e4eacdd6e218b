import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { describeTopology } from './describe-topology.ts';
import { parseRuleset } from './parse-ruleset.ts';

const CASES = new URL('../../rules/cases/', import.meta.url);
const LINE_OF_DASHES = '----------\n';
const names = readdirSync(CASES).filter((name) => name.endsWith('.txt'));

test('there are at least forty golden cases', () => {
  assert.ok(names.length >= 40, `${names.length} cases`);
});

// rules/cases/NAME.txt: a ruleset, a line of ten dashes, and what comes out: the topology in words, or the mistakes.
for (const name of names) {
  test(`golden case ${name}`, () => {
    const [ruleset, expected, ...more] = readFileSync(new URL(name, CASES), 'utf8').split(LINE_OF_DASHES);
    assert.ok(ruleset !== undefined && expected !== undefined && more.length === 0, 'needs one line of ten dashes');
    const parsed = parseRuleset(ruleset, 'ruleset.yaml');
    const lines = parsed.ok ? describeTopology(parsed.document) : parsed.mistakes.map((mistake) => mistake.message);
    assert.deepEqual(lines, expected.trimEnd().split('\n'));
    assert.equal(parsed.ok, name.startsWith('good-'), 'cases that are right are named good-…');
  });
}
