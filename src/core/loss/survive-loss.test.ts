import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CellDocument, TopologyDocument, UnitDocument } from '../topology-document.ts';
import { lossesOf, lossInWords } from './loss.ts';
import { lossEffect } from './loss-effect.ts';
import type { ShardRun } from './shard-run.ts';
import { type Ownership, ownershipAtHome, surviveLoss } from './survive-loss.ts';

function cell(id: string, dataCenter: string, weight = 100): CellDocument {
  const health = { path: '/', intervalMs: 1000, timeoutMs: 500, unhealthyAfter: 3, healthyAfter: 2 };
  return { id, dataCenter, weight, instances: [], tls: null, health, maxConcurrent: 1 };
}

function unit(id: string, cells: readonly CellDocument[], rest: Partial<UnitDocument> = {}): UnitDocument {
  const primary = cells[0]?.dataCenter ?? null;
  const none = { home: [], globalHome: false, remoteTargets: [], capacity: null, storeLost: 'fence' } as const;
  return { id, kind: 'R', cells, primary, ...none, ...rest };
}

const TOPOLOGY: TopologyDocument = {
  format: 1,
  realm: 'small',
  shardRule: { name: 'digits/1', digits: 1, fromEnd: 0 },
  trust: { proxies: [], identityHeaders: 'trusted' },
  cities: [
    { id: 'north', dataCenters: ['n-a', 'n-b'] },
    { id: 'south', dataCenters: ['s-a'] },
  ],
  units: [
    unit('R1', [cell('R1A', 'n-a', 50), cell('R1B', 'n-b', 50)], {
      home: [[0, 5]],
      capacity: 10,
      remoteTargets: ['R2'],
    }),
    unit('R2', [cell('R2A', 's-a')], { home: [[6, 9]], capacity: 10, remoteTargets: ['R1'] }),
    unit('G1', [cell('G1A', 's-a')], { kind: 'G', globalHome: true, remoteTargets: ['G2'] }),
    unit('G2', [cell('G2A', 'n-b')], { kind: 'G' }),
    unit('C1', [cell('C1A', 'n-a')], { kind: 'C', primary: null, remoteTargets: ['C2'] }),
    unit('C2', [cell('C2A', 's-a')], { kind: 'C', primary: null }),
  ],
  routes: [],
};

const lossOf = (...dataCenters: string[]) =>
  ({ kind: 'dataCenter', id: dataCenters.join(), dataCenters: new Set(dataCenters) }) as const;
const effect = (unitId: string, lost: string[], primary?: string): string => {
  const found = TOPOLOGY.units.find(({ id }) => id === unitId);
  assert.ok(found);
  return lossEffect(found, new Set(lost), primary).type;
};

test('the three cases of a loss: weights take over, another primary, all gone', () => {
  assert.equal(effect('R1', ['s-a']), 'unaffected');
  assert.equal(effect('R1', ['n-b']), 'weights');
  assert.equal(effect('R1', ['n-a']), 'primary');
  assert.equal(effect('R1', ['n-a', 'n-b']), 'gone');
});

test('the primary that counts is the running one, where it is not the ruleset’s', () => {
  assert.equal(effect('R1', ['n-a'], 'n-b'), 'weights');
  assert.equal(effect('R1', ['n-b'], 'n-b'), 'primary');
});

test('each data center and each city of several data centers can be lost', () => {
  assert.deepEqual(lossesOf(TOPOLOGY, 'city').map(lossInWords), [
    'data center n-a',
    'data center n-b',
    'data center s-a',
    'city north',
  ]);
  assert.equal(lossesOf(TOPOLOGY, 'dataCenter').length, 3);
});

test('a unit that is gone gives its shards to a remote target, and the global shard to the standby', () => {
  const { placement, globalMove } = surviveLoss(TOPOLOGY, lossOf('s-a'));
  assert.deepEqual(placement, { moves: [{ from: 'R2', to: 'R1', shards: [[6, 9]] }], shortage: null });
  assert.deepEqual(globalMove, { unit: 'G1', to: 'G2' });
});

test('a standby that is lost with it is no standby', () => {
  assert.deepEqual(surviveLoss(TOPOLOGY, lossOf('s-a', 'n-b')).globalMove, { unit: 'G1', to: null });
});

test('a copy that is gone needs another one only while a door of its city is left', () => {
  assert.deepEqual(surviveLoss(TOPOLOGY, lossOf('n-a')).copies, [{ unit: 'C1', to: 'C2' }]);
  assert.deepEqual(surviveLoss(TOPOLOGY, lossOf('n-a', 'n-b')).copies, []);
});

test('what a unit serves now counts, not what its home is: a planner asks with the running owners', () => {
  const owned = (r1: ShardRun, r2: ShardRun): Ownership => ({
    ...ownershipAtHome(TOPOLOGY),
    shards: new Map([
      ['R1', [r1]],
      ['R2', [r2]],
    ]),
  });
  const north = lossOf('n-a', 'n-b');
  const { placement } = surviveLoss(TOPOLOGY, north, owned([0, 7], [8, 9]));
  assert.deepEqual(placement.moves, [{ from: 'R1', to: 'R2', shards: [[0, 7]] }]);
  const full = surviveLoss(TOPOLOGY, north, owned([0, 7], [8, 12]));
  assert.deepEqual(full.placement.shortage, { units: ['R1'], targets: ['R2'], shards: 8, room: 5 });
});
