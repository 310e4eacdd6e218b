import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { unit } from '../../../test/support/small-world.ts';
import type { CellId } from '../../core/ids.ts';
import type { CellDocument } from '../../core/topology-document.ts';
import type { CheckResult } from '../cells/health-check.ts';
import { ToldCells } from './told-cells.ts';

const DOCUMENTS = unit('R', 'R1', { e1: 100 }).cells.map((cell) => ({ ...cell, instances: ['dns:cells.example:80'] }));
const CELL = 'R1-e1' as CellId;
const HEALTH = { path: '/healthz', intervalMs: 1_000, timeoutMs: 500, unhealthyAfter: 3, healthyAfter: 2 };
const report = (state: 'unproven' | 'healthy' | 'unhealthy', address = '10.0.0.1:80') => [
  { cell: CELL, instances: [{ address, state, lastError: state === 'unhealthy' ? 'refused' : null }] },
];

function bench() {
  const clock = new HandClock();
  const updates: (readonly CellDocument[])[] = [];
  const cells = new ToldCells(clock, 3, (documents) => void updates.push(documents));
  return { clock, updates, cells };
}

test('instances are those that the parent found, not those of the table', () => {
  const { updates, cells } = bench();
  cells.tableSays(DOCUMENTS);
  assert.deepEqual(updates.at(-1)?.[0]?.instances, []);
  cells.parentSays(report('unproven'));
  assert.deepEqual(updates.at(-1)?.[0]?.instances, ['10.0.0.1:80']);
  assert.equal(DOCUMENTS[0]?.maxConcurrent, 10);
  assert.equal(updates.at(-1)?.[0]?.maxConcurrent, 4, 'a third of what the cell takes, and no less than one');
  cells.parentSays([]);
  assert.deepEqual(updates.at(-1)?.[0]?.instances, []);
});

test('a verdict counts as many checks as it takes, now and for an instance that comes later', async () => {
  const { clock, cells } = bench();
  const results: CheckResult[] = [];
  const instance = {
    cell: CELL,
    key: '10.0.0.1:80',
    health: HEALTH,
    checked: (one: CheckResult) => void results.push(one),
  };
  cells.parentSays(report('healthy'));
  const checks = cells.start(instance);
  assert.deepEqual(results, [], 'not within the call');
  await clock.advance(0);
  assert.deepEqual(results, [{ passed: true }, { passed: true }]);
  results.length = 0;
  cells.parentSays(report('unhealthy'));
  assert.deepEqual(
    results,
    Array.from({ length: 3 }, () => ({ passed: false, detail: 'refused' })),
  );
  results.length = 0;
  cells.parentSays(report('unproven'));
  cells.parentSays(report('healthy', '10.0.0.2:80'));
  assert.deepEqual(results, [], 'nothing is known of it');
  checks.stop();
  cells.parentSays(report('healthy'));
  assert.deepEqual(results, []);
});
