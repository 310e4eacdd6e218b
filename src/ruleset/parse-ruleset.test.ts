import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyWorld, worldText } from '../../test/support/ruleset-world.ts';
import { countShards } from '../core/loss/shard-run.ts';
import { shardCount } from '../core/shard-rule.ts';
import { parseRuleset } from './parse-ruleset.ts';
import { DEFAULT_RULESET_LIMITS } from './ruleset-limits.ts';

const REFERENCE = readFileSync(new URL('../../rules/three-cities.yaml', import.meta.url), 'utf8');

function messages(source: string | Uint8Array, limits = DEFAULT_RULESET_LIMITS): readonly string[] {
  const parsed = parseRuleset(source, 'r.yaml', limits);
  return parsed.ok ? [] : parsed.mistakes.map((mistake) => mistake.message);
}

test('a mistake names file, line, column, path, what was seen and what is allowed', () => {
  const parsed = parseRuleset(
    REFERENCE.replace('RZ02B: {dataCenter: hz-b, weight: 50}', 'RZ02B: {dataCenter: hz-b, weight: 40}'),
    'rules/three-cities.yaml',
  );
  assert.ok(!parsed.ok);
  const line = REFERENCE.split('\n').findIndex((text) => text.includes('RZ02A')); // of `cells:`, counted from 1
  assert.deepEqual(parsed.mistakes, [
    {
      file: 'rules/three-cities.yaml',
      line,
      column: 5,
      path: 'units.RZ02.cells',
      seen: '90',
      allowed: 'must be 100',
      message: `unit RZ02: cell weights add up to 90, must be 100 (rules/three-cities.yaml:${line})`,
    },
  ]);
});

test('the position of a value can be asked for later', () => {
  const parsed = parseRuleset(REFERENCE, 'r.yaml');
  assert.ok(parsed.ok);
  const { line } = parsed.positionOf(['units', 'RZ05', 'capacity']);
  assert.equal(REFERENCE.split('\n')[line - 1], '    capacity: 60');
});

test('takes a byte order mark and bytes, with the same result as the bare text', () => {
  const bare = parseRuleset(REFERENCE, 'r.yaml');
  const bytes = parseRuleset(new TextEncoder().encode(`\ufeff${REFERENCE}`), 'r.yaml');
  assert.ok(bare.ok && bytes.ok);
  assert.deepEqual(bytes.document, bare.document);
  assert.deepEqual(bytes.positionOf(['realm']), bare.positionOf(['realm']));
});

test('takes Windows line ends and counts their lines once', () => {
  const [message = ''] = messages(REFERENCE.replace('home: 00-19', 'home: 0-19').replaceAll('\n', '\r\n'));
  const line = REFERENCE.split('\n').findIndex((text) => text.includes('home: 00-19')) + 1;
  assert.ok(message.endsWith(`(r.yaml:${line})`), message);
});

test('refuses bytes that are not UTF-8, with the line', () => {
  const latin1 = Buffer.from('realm: x\n# caf\xe9\n', 'latin1');
  assert.deepEqual(messages(latin1), [
    'the ruleset has bytes that are not UTF-8, it must be UTF-8 text without control characters (r.yaml:2)',
  ]);
  assert.match(messages(Buffer.from(`\ufeff${REFERENCE}`, 'utf16le'))[0] ?? '', /has UTF-16,/);
});

test('refuses control characters, and a text that lost characters to a wrong decoder', () => {
  assert.match(messages('realm: a\nx: "\x00"\n')[0] ?? '', /character U\+0000.*:2\)$/);
  assert.match(messages('realm: caf\ufffd\n')[0] ?? '', /character U\+FFFD/);
});

test('refuses a text over the limit, and names the setting', () => {
  const limits = { ...DEFAULT_RULESET_LIMITS, maxBytes: 1000 };
  assert.match(messages(REFERENCE, limits)[0] ?? '', /bytes, it must be at most 1000 \(setting maxBytes\)/);
});

test('an alias bomb is refused before it goes off', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 12; level += 1) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  }
  assert.match(messages(`${lines.join('\n')}\n`).join('\n'), /more than 200000 values, aliases followed/);
});

test('an alias inside of its own anchor is an unknown one', () => {
  assert.match(messages('realm: &a [*a]\n').join('\n'), /alias \*a, must name an anchor that stands before it/);
});

test('a key __proto__ is a key like any other, and unknown', () => {
  assert.match(messages(`__proto__: {realm: x}\n${REFERENCE}`)[0] ?? '', /key __proto__ is not known/);
});

test('deep nesting is refused, whether the parser can read it or not', () => {
  assert.match(messages(`a: ${'['.repeat(100)}${']'.repeat(100)}\n`).join('\n'), /more than 16 levels of nesting/);
  assert.ok(messages('['.repeat(50_000)).length > 0);
});

test('a million mistakes are told as a hundred and a number', () => {
  const told = messages(`[${','.repeat(20_000)}`);
  assert.equal(told.length, DEFAULT_RULESET_LIMITS.maxMistakes + 1);
  assert.match(told.at(-1) ?? '', /^and \d+ more mistakes/);
});

test('every world that is right is taken, and its homes part the shards among the units', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const text = worldText(world);
      const parsed = parseRuleset(text, 'r.yaml');
      assert.ok(parsed.ok, parsed.ok ? '' : parsed.mistakes.map((mistake) => mistake.message).join('\n'));
      const owners = new Uint8Array(shardCount(parsed.document.shardRule));
      for (const unit of parsed.document.units)
        for (const [from, to] of unit.home) for (let s = from; s <= to; s += 1) owners[s] = (owners[s] ?? 0) + 1;
      assert.ok(owners.every((count) => count === 1));
      const total = parsed.document.units.reduce((sum, unit) => sum + countShards(unit.home), 0);
      assert.equal(total, owners.length);
    }),
    { numRuns: 60 },
  );
});

test('never throws, and every mistake stands on a line of the text, in order', () => {
  const pieces = [
    '',
    ' ',
    '\n',
    '\t',
    ':',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '&a ',
    '*a',
    '!!int ',
    '#',
    '|',
    '? ',
    '0',
    '99',
    'null',
    '~',
    '---\n',
    '\ufeff',
    'é',
    '<<: ',
    '%',
  ];
  const edit = fc.record({ at: fc.nat(REFERENCE.length), cut: fc.nat(12), piece: fc.constantFrom(...pieces) });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
      let text = REFERENCE;
      for (const { at, cut, piece } of edits) text = text.slice(0, at) + piece + text.slice(at + cut);
      checkAnswer(text);
    }),
    { numRuns: 400 },
  );
});

test('never throws on arbitrary text and bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), checkAnswer), { numRuns: 300 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), checkAnswer), { numRuns: 300 });
});

function checkAnswer(source: string | Uint8Array): void {
  const parsed = parseRuleset(source, 'r.yaml');
  if (parsed.ok) return;
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  const lines = text.split(/\r\n|\n|\r/).length;
  assert.ok(parsed.mistakes.length > 0);
  let last = 1;
  for (const mistake of parsed.mistakes) {
    assert.ok(mistake.line >= last && mistake.line <= lines && mistake.column >= 1, JSON.stringify(mistake));
    last = mistake.line;
  }
}
