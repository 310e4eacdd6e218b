import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRuleset } from '../../src/ruleset/parse-ruleset.ts';
import { parseScenario, type RulesetOf } from './parse-scenario.ts';
import type { Scenario } from './scenario.ts';

const RULES = new URL('../../rules/three-cities.yaml', import.meta.url);
const parsed = parseRuleset(readFileSync(RULES), 'three-cities.yaml');
assert.ok(parsed.ok);
const { document } = parsed;
const rulesetOf: RulesetOf = (rules) => (rules === 'three-cities.yaml' ? document : `there is no ruleset ${rules}`);

interface Parts {
  readonly timeline?: string;
  readonly must?: string;
  readonly load?: string;
  readonly more?: string;
}

const text = ({
  timeline = '[]',
  must = '[{lost: {most: 0}}]',
  load = '[{group: all-users, shards: 00-99}]',
  more = '',
}: Parts): string =>
  ['title: t', 'story: s', `load: ${load}`, `timeline: ${timeline}`, 'durationMs: 10000', `must: ${must}`, more].join(
    '\n',
  );

function good(parts: Parts): Scenario {
  const result = parseScenario(text(parts), 'x', 'x.yaml', rulesetOf);
  assert.ok(result.ok, result.ok ? '' : result.mistakes.join('\n'));
  return result.scenario;
}

function mistakes(parts: Parts): readonly string[] {
  const result = parseScenario(text(parts), 'x', 'x.yaml', rulesetOf);
  assert.ok(!result.ok);
  return result.mistakes;
}

test('a short document gets every default', () => {
  const { topology, load, clients, settleMs, live } = good({});
  assert.deepEqual(topology.store, { kind: 'embedded' });
  assert.equal(topology.acknowledge, 'remote');
  assert.deepEqual(load[0]?.through, ['sh-a', 'sh-b', 'hz-a', 'hz-b', 'sz-a']);
  assert.deepEqual(clients, { timeoutMs: 8_000, retries: 3, retryMs: 200 });
  assert.equal(settleMs, 30_000);
  assert.deepEqual(live, { kind: 'same', allowanceMs: 3_000 });
});

test('faults are read with their targets and links', () => {
  const { timeline } = good({
    timeline: `[{atMs: 1, kill: dc sz-a, losesDirectory: true}, {atMs: 2, cut: {from: city hangzhou, to: others}, oneWay: true, forMs: 5},
      {atMs: 3, pause: process gateway-hz-a-1}, {atMs: 4, kill: control leader}]`,
  });
  assert.deepEqual(
    timeline.map(({ action }) => action),
    [
      { kind: 'kill', target: { kind: 'dataCenter', dataCenter: 'sz-a' }, losesDirectory: true },
      {
        kind: 'cut',
        link: { from: { kind: 'city', city: 'hangzhou' }, to: { kind: 'others' } },
        isOneWay: true,
        forMs: 5,
      },
      { kind: 'pause', target: { kind: 'process', process: 'gateway-hz-a-1' }, forMs: null },
      { kind: 'kill', target: { kind: 'controlLeader' }, losesDirectory: false },
    ],
  );
});

test('operators’ commands are read as the CLI takes them', () => {
  const commands = [
    'failover dc sz-a --emergency --accept-data-loss',
    'move 80-89,G --to RZ01 --override capacity',
    'shift RZ01 RZ01A=100 RZ01B=0 --for 30m',
    'abort 2',
    'freeze-all on',
    'rules apply one-city.yaml',
  ];
  const { timeline } = good({ timeline: `[${commands.map((each) => `{atMs: 1, operate: '${each}'}`).join(', ')}]` });
  const wishes = timeline.map(({ action }) => (action.kind === 'operate' ? action.command.wish : null));
  assert.deepEqual(wishes, [
    { kind: 'start', call: { kind: 'failover', dataCenter: 'sz-a', emergency: true }, acceptDataLoss: true },
    {
      kind: 'start',
      call: { kind: 'move', shards: '80-89,G', to: 'RZ01', overrides: ['capacity'] },
      acceptDataLoss: false,
    },
    {
      kind: 'start',
      call: { kind: 'shift', unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 }, forMs: 1_800_000 },
      acceptDataLoss: false,
    },
    { kind: 'abort', operation: 2 },
    { kind: 'freezeAll', on: true },
    { kind: 'apply', rules: 'one-city.yaml' },
  ]);
});

for (const [what, parts, words] of [
  [
    'an unknown data center',
    { timeline: '[{atMs: 1, kill: dc nowhere}]' },
    /timeline\[0\]\.kill: data center nowhere is not known, must be one of sh-a/,
  ],
  [
    'an unknown process',
    { timeline: '[{atMs: 1, kill: process gateway-hz-a-2}]' },
    /process gateway-hz-a-2 is not known/,
  ],
  [
    'a store that is a file',
    { timeline: '[{atMs: 1, kill: store leader}]' },
    /the store is a file; say store: \{kind: etcd\}/,
  ],
  [
    'two actions at once',
    { timeline: '[{atMs: 1, kill: dc sz-a, pause: dc sz-a}]' },
    /exactly one of .* has kill, pause/,
  ],
  ['no moment', { timeline: '[{kill: dc sz-a}]' }, /timeline\[0\]: must have either atMs or onStep/],
  [
    'a key of another action',
    { timeline: '[{atMs: 1, kill: dc sz-a, forMs: 5}]' },
    /forMs: belongs to pause, cut, slow, flap, not to kill/,
  ],
  ['a key that is needed', { timeline: '[{atMs: 1, slow: {from: dc sz-a, to: others}}]' }, /slow needs delayMs/],
  [
    'a step of an operation that nobody starts',
    { timeline: '[{onStep: {operation: 1, step: drain}, kill: dc sz-a}]' },
    /operation 1 is not started before/,
  ],
  ['entries out of order', { timeline: '[{atMs: 5, kill: dc sz-a}, {atMs: 4, restart: dc sz-a}]' }, /4 comes after 5/],
  ['an entry after the end', { timeline: '[{atMs: 10001, kill: dc sz-a}]' }, /10001 is after the end, 10000/],
  ['a command that is none', { timeline: "[{atMs: 1, operate: 'reboot dc sz-a'}]" }, /"reboot dc sz-a" is no command/],
  [
    'an option that is none',
    { timeline: "[{atMs: 1, operate: 'failover dc sz-a --emergncy'}]" },
    /did you mean --emergency/,
  ],
  [
    'a claim about a group without load',
    { must: '[{pause: {group: none, mostMs: 1}}]' },
    /group none has no load, must be all or all-users/,
  ],
  [
    'a claim about an operation that is never started',
    { must: '[{operation: {number: 1, outcome: done}}]' },
    /operation 1 is never started/,
  ],
  [
    'a claim about an unknown unit',
    { must: '[{owner: {shards: 00-19, units: [RZ99]}}]' },
    /unit RZ99 is not in the ruleset/,
  ],
  ['two claims in one', { must: '[{lost: {most: 0}, converged: {mostMs: 1}}]' }, /must\[0\]/],
  ['shards that are none', { load: '[{group: a, shards: 00-100}]' }, /load\[0\]\.shards: .*"00-100" names no shards/],
  [
    'a clock that jumps live',
    { timeline: '[{atMs: 1, jump: process control-1, byMs: 5}]' },
    /a clock cannot jump live/,
  ],
  ['a live form without its reason', { more: 'live: {possible: false}' }, /live: must say because/],
  ['an unknown key', { more: 'colour: red' }, /colour: key is not known/],
  ['an unknown ruleset', { more: 'topology: {rules: mars.yaml}' }, /there is no ruleset mars.yaml/],
] as const) {
  test(`${what} is refused with its place and line`, () => {
    const found = mistakes(parts);
    assert.match(found.join('\n'), words);
    for (const line of found) assert.match(line, /\(x\.yaml:\d+\)$/);
  });
}

test('no text makes the parser throw', () => {
  const lines = fc.constantFrom(
    'title: t',
    'load: []',
    'timeline: [{atMs: 1}]',
    'must: 7',
    '- x',
    '{',
    '&a *a',
    'live: {factor: 9}',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(lines, fc.string()), { maxLength: 8 }).map((each) => each.join('\n')),
  );
  fc.assert(
    fc.property(texts, (each) => {
      const result = parseScenario(each, 'x', 'x.yaml', rulesetOf);
      assert.ok(result.ok || result.mistakes.length > 0);
    }),
    { numRuns: 100 },
  );
});
