import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyWorld, worldText } from '../../test/support/ruleset-world.ts';
import type { TopologyDocument } from '../core/topology-document.ts';
import { diffTopologies } from './diff-topologies.ts';
import { parseRuleset } from './parse-ruleset.ts';

const REFERENCE = readFileSync(new URL('../../rules/three-cities.yaml', import.meta.url), 'utf8');

function parse(text: string): TopologyDocument {
  const parsed = parseRuleset(text, 'r.yaml');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.mistakes.map((mistake) => mistake.message).join('\n'));
  return parsed.document;
}

/** What replacing parts of the reference's text changes, in words. */
function summary(...edits: readonly (readonly [string, string])[]): readonly string[] {
  let text = REFERENCE;
  for (const [from, to] of edits) {
    assert.ok(text.includes(from), from);
    text = text.replace(from, to);
  }
  return diffTopologies(parse(REFERENCE), parse(text)).summary;
}

test('says in words and numbers what moves', () => {
  assert.deepEqual(
    summary(
      ['home: 00-19', 'home: 00-04, 10-19'],
      ['home: 20-39', 'home: 05-09, 20-39'],
      ['RZ01A: {dataCenter: hz-a, weight: 50}', 'RZ01A: {dataCenter: hz-a, weight: 100}'],
      ['RZ01B: {dataCenter: hz-b, weight: 50}', 'RZ01B: {dataCenter: hz-b, weight: 0}'],
      ['primary: sh-a\n    cells:\n      RZ03A', 'primary: sh-b\n    cells:\n      RZ03A'],
      ['capacity: 60', 'capacity: 70'],
      ['remoteTargets: [RZ02, RZ05]', 'remoteTargets: [RZ05, RZ02]'],
      ['GZ00A: {dataCenter: hz-a, weight: 100}', 'GZ00A: {dataCenter: hz-a, weight: 70}'],
      ['GZ00B: {dataCenter: hz-b, weight: 0}', 'GZ00B: {dataCenter: hz-b, weight: 30}'],
    ),
    [
      'shards 05-09 (5 % of users) get home RZ02 instead of RZ01; owners do not change until they are moved',
      'RZ01: RZ01A 50 → 100, RZ01B 50 → 0: about 50 % of its users (7.5 % of all) change cell',
      'RZ03: primary sh-b instead of sh-a (20 % of users); the running primary does not change until it is moved',
      'RZ04: remote targets RZ02, RZ05 → RZ05, RZ02',
      'RZ05: capacity 60 → 70',
      'GZ00: GZ00A 100 → 70, GZ00B 0 → 30: about 30 % of its requests change cell',
    ],
  );
});

test('says what happens to routes, trust and what must be survived', () => {
  const catalog = '  - name: catalog\n    path: /catalog/*\n    kind: C\n';
  const global = '  - name: global\n    path: /global/*\n    kind: G\n';
  assert.deepEqual(
    summary(
      ['identityHeaders: any', 'identityHeaders: trusted'],
      ['proxies: []', 'proxies: [10.0.0.0/8]'],
      ['realm: reference', 'realm: reference\nsurvive: dataCenter'],
      [global, ''],
      [catalog, `${catalog}  - {name: new, path: /new, kind: C}\n${global}`],
      ['      - header: x-user-id\n', ''],
      ['onMissing: reject', 'onMissing: global\n    timeouts: {connectMs: 500}'],
    ),
    [
      'only the loss of a data center must be survived, no longer that of a city',
      'identity headers count from trusted proxies only',
      'proxies in 10.0.0.0/8 are trusted',
      'route new: /new → C is added before global',
      'route users: identity cookie uid, header x-user-id, claim sub of ldc-fleet, session cookie sid (session:) → cookie uid, claim sub of ldc-fleet, session cookie sid (session:)',
      'route users: onMissing reject → global',
      'route users: timeouts.connectMs 1000 → 500',
      'routes are matched in another order: catalog, global, users (was global, catalog, users)',
    ],
  );
});

test('says which units, cells and instances come and go', () => {
  assert.deepEqual(
    summary(
      ['shenzhen: [sz-a]', 'shenzhen: [sz-a, sz-b]'],
      [
        '      RZ05A: {dataCenter: sz-a, weight: 100}\n',
        "      RZ05A: {dataCenter: sz-a, weight: 100, instances: ['10.0.0.1:80']}\n      RZ05B: {dataCenter: sz-b, weight: 0}\n",
      ],
      [
        '  CZHZ:\n',
        '  RZ06: {kind: R, cells: {RZ06A: {dataCenter: sz-b}}, remoteTargets: [RZ01], capacity: 20}\n  CZHZ:\n',
      ],
      ['home: 80-99', 'home: 80-98'],
      ['RZ06: {kind: R,', 'RZ06: {kind: R, home: 99,'],
      ['    remoteTargets: [GZ01]\n  GZ01:', '    remoteTargets: [GZ02]\n  GZ02:'],
      ['GZ01A: {', 'GZ02A: {'],
    ),
    [
      'data center sz-b is added in shenzhen',
      'shard 99 (1 % of users) gets home RZ06 instead of RZ05; owners do not change until they are moved',
      'unit GZ01 (G) is removed; it must own no shard by then',
      'cell RZ05A: instances +10.0.0.1:80',
      'RZ05: cell RZ05B is added in sz-b',
      'GZ00: remote targets GZ01 → GZ02',
      'unit GZ02 (G) is added with GZ02A in sh-a',
      'unit RZ06 (R) is added with RZ06A in sz-b, capacity 20',
    ],
  );
});

test('refuses what no running table can take: another realm, shard rule or kind', () => {
  const before = parse(REFERENCE);
  const after: TopologyDocument = {
    ...before,
    realm: 'other',
    shardRule: { name: 'digits/1', digits: 2, fromEnd: 1 },
    units: before.units.map((unit) => (unit.id === 'CZSZ' ? { ...unit, kind: 'G' } : unit)),
  };
  const { changes } = diffTopologies(before, after);
  assert.deepEqual(
    changes.map(({ kind, text, forbidden }) => [kind, text, forbidden !== null]),
    [
      ['realm', 'realm other instead of reference; refused: another realm is another deployment', true],
      [
        'shardRule',
        'shards by before the last 1 characters, the 2 digits of the user ID instead of by the last 2 digits of the user ID; refused: changing the shard rule needs a new realm',
        true,
      ],
      ['unitKind', 'CZSZ: kind G instead of C; refused: a unit keeps its kind, give the new one another name', true],
    ],
  );
});

test('the share of users is on each change for a program to add up', () => {
  const before = parse(REFERENCE);
  const after = parse(REFERENCE.replace('home: 00-19', 'home: 00-14').replace('home: 20-39', 'home: 15-39'));
  assert.deepEqual(
    diffTopologies(before, after).changes.map(({ kind, subject, userShare }) => [kind, subject, userShare]),
    [['home', 'RZ02', 0.05]],
  );
});

test('nothing changes between a topology and itself, and that is said', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const [a, b] = [parse(worldText(world)), parse(worldText(world))];
      assert.deepEqual(diffTopologies(a, b), { changes: [], summary: ['nothing changes'] });
    }),
    { numRuns: 30 },
  );
});

test('only equal topologies have an empty diff, and moved homes add up', () => {
  fc.assert(
    fc.property(anyWorld, anyWorld, (one, two) => {
      const a = parse(worldText({ ...one, shards: 120 }));
      const b = parse(worldText({ ...one, shards: 120, pattern: two.pattern.map((unit) => unit % one.cities.length) }));
      const owner = ({ units }: TopologyDocument, shard: number): string | undefined =>
        units.find((unit) => unit.home.some(([from, to]) => from <= shard && shard <= to))?.id;
      const moved = Array.from({ length: 120 }, (_, shard) => shard).filter(
        (shard) => owner(a, shard) !== owner(b, shard),
      );
      const { changes } = diffTopologies(a, b);
      const share = changes.reduce((sum, change) => sum + (change.kind === 'home' ? change.userShare : 0), 0);
      assert.ok(Math.abs(share - moved.length / 120) < 1e-9);
      assert.equal(changes.length === 0, JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 40 },
  );
});

test('no field of a topology can change unseen', () => {
  const before = parse(REFERENCE);
  const fields = leaves(before).filter((path) => !OTHERWISE_TESTED.test(path.join('.')));
  const unseen = fields.filter((path) => {
    const after = structuredClone(before);
    changeLeaf(after, path);
    return !diffTopologies(before, after).changes.some(({ kind }) => kind !== 'order');
  });
  assert.deepEqual(unseen, [['format'], ...COPY_WEIGHTS]);
});

// One of these alone makes no right topology; the properties above and the examples move them.
const OTHERWISE_TESTED = /^shardRule\.name$|\.home\.|\.globalHome$/;

// The weights of C cells say nothing: those cells are chosen by nearness.
const COPY_WEIGHTS = [
  ['units', 7, 'cells', 0, 'weight'],
  ['units', 7, 'cells', 1, 'weight'],
  ['units', 8, 'cells', 0, 'weight'],
  ['units', 8, 'cells', 1, 'weight'],
  ['units', 9, 'cells', 0, 'weight'],
];

type LeafPath = readonly (string | number)[];

function leaves(value: unknown, path: LeafPath = []): LeafPath[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function changeLeaf(root: unknown, path: LeafPath): void {
  const parent = path.slice(0, -1).reduce((value, step) => (value as Record<string | number, unknown>)[step], root);
  const last = path.at(-1) ?? '';
  const holder = parent as Record<string | number, unknown>;
  const value = holder[last];
  if (last === 'survive') holder[last] = 'dataCenter';
  else if (typeof value === 'number') holder[last] = value + 1;
  else if (typeof value === 'boolean') holder[last] = !value;
  else holder[last] = `${value ?? ''}x`;
}
