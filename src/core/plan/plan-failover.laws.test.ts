import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INCARNATION, threeCities } from '../../../test/support/three-cities.ts';
import type { ShardId } from '../ids.ts';
import { applyStep } from '../operation/apply-step.ts';
import { newOperation } from '../operation/operation.ts';
import { DEFAULT_DEADLINES } from '../operation/operation-deadlines.ts';
import { eachShard } from '../operation/runs.ts';
import { firstTable, makeTable, type Table } from '../table.ts';
import type { Plan } from './plan.ts';
import { planFailback } from './plan-failback.ts';
import { planFailover } from './plan-failover.ts';
import { DEFAULT_TIMES, DEFAULT_WINDOW_MS, type PlanInput } from './plan-input.ts';
import { defaultSafety } from './safety-rules.ts';

const DATA_CENTERS = ['hz-a', 'hz-b', 'sh-a', 'sh-b', 'sz-a'];
const someDataCenters = fc.subarray(DATA_CENTERS, { minLength: 1, maxLength: 3 });

/** The reference table with other capacities. */
const tables = fc.array(fc.integer({ min: 20, max: 70 }), { minLength: 5, maxLength: 5 }).map((capacities) => {
  const document = threeCities();
  const units = document.units.map((unit, index) =>
    unit.kind === 'R' ? { ...unit, capacity: capacities[index] ?? 40 } : unit,
  );
  return firstTable({ ...document, units }, INCARNATION, '');
});

function inputOf(table: Table, over: Partial<PlanInput> = {}): PlanInput {
  return {
    table,
    unavailable: new Set(),
    isEmergency: false,
    settings: defaultSafety(table),
    measured: DEFAULT_TIMES,
    windowMs: DEFAULT_WINDOW_MS,
    sinceOperationMs: new Map(),
    overridden: [],
    ...over,
  };
}

function carryOut(table: Table, plan: Plan): Table {
  let operation = newOperation({
    id: `op-${table.epoch}`,
    incarnation: table.incarnation,
    kind: plan.kind,
    moves: plan.moves,
    weights: plan.weights,
    author: '',
    reason: '',
    createdAt: 0,
    options: {
      acceptDataLoss: false,
      emergencyWhenSilent: false,
      overriddenRules: [],
      needsAcknowledgements: false,
      supersedes: [],
    },
    deadlines: DEFAULT_DEADLINES,
  });
  const types =
    plan.moves.length === 0 ? (['WriteShift'] as const) : (['WriteFreeze', 'WriteGrant', 'WriteRelease'] as const);
  let now = table;
  for (const type of types) {
    const applied = applyStep(now, { type, expectedSequence: operation.stepSequence, next: operation });
    if (!applied.ok) throw new Error(applied.reason);
    operation = applied.operation;
    if (applied.table !== null) now = makeTable({ ...now, ...applied.table });
  }
  return now;
}

function dataCentersOf(table: Table, unit: string): string[] {
  const found = table.topology.document.units.find(({ id }) => id === unit);
  return found?.cells.map(({ dataCenter }) => dataCenter) ?? [];
}

test('every moved shard lands in a data center that is up, at a unit that has room for it', () => {
  fc.assert(
    fc.property(tables, someDataCenters, fc.subarray(DATA_CENTERS, { maxLength: 2 }), (table, lost, down) => {
      const result = planFailover(inputOf(table, { unavailable: new Set(down) }), { dataCenters: new Set(lost) });
      if (!result.ok) return;
      for (const { to } of result.plan.moves) {
        assert.ok(!lost.includes(to.dataCenter) && !down.includes(to.dataCenter));
        assert.ok(dataCentersOf(table, to.unit).includes(to.dataCenter));
      }
      for (const { before, after, capacity } of result.plan.loads) {
        if (after > before) assert.ok(after <= (capacity ?? Number.POSITIVE_INFINITY));
      }
    }),
  );
});

test('exactly the shards whose writes go to a lost data center move or are named homeless, each once', () => {
  fc.assert(
    fc.property(tables, someDataCenters, (table, lost) => {
      const result = planFailover(inputOf(table), { dataCenters: new Set(lost) });
      if (!result.ok) return;
      const { moves, homeless } = result.plan;
      const found = [...moves, ...homeless].flatMap(({ shards }) => [...eachShard(shards)]).sort((a, b) => a - b);
      const wanted = Array.from({ length: table.shards.length }, (_, shard) => shard).filter((shard) => {
        const { primary } = table.shards.at(shard as ShardId);
        return lost.includes(table.topology.dataCenters[primary]?.id ?? '');
      });
      assert.deepEqual(found, wanted);
      const changes = moves.filter(({ from, to }) => from.unit !== to.unit);
      for (const { from } of changes) {
        assert.ok(
          dataCentersOf(table, from.unit).every((dataCenter) => lost.includes(dataCenter)),
          'a new owner in need only',
        );
      }
    }),
  );
});

test('after a failover nothing is left there to move, and weights add up to 100', () => {
  fc.assert(
    fc.property(tables, someDataCenters, (table, lost) => {
      const order = { dataCenters: new Set(lost) };
      const result = planFailover(inputOf(table), order);
      if (!result.ok || result.plan.homeless.length > 0) return;
      const after = carryOut(table, result.plan);
      const again = planFailover(inputOf(after), order);
      if (again.ok) assert.deepEqual([again.plan.moves, again.plan.weights], [[], []]);
      for (const { weights } of after.overrides) {
        assert.equal(
          Object.values(weights).reduce((sum, weight) => sum + weight, 0),
          100,
        );
      }
    }),
  );
});

test('failback of a failover is the identity on owners, primaries and weights', () => {
  fc.assert(
    fc.property(tables, someDataCenters, (table, lost) => {
      const order = { dataCenters: new Set(lost) };
      const out = planFailover(inputOf(table), order);
      if (!out.ok || out.plan.moves.length + out.plan.weights.length === 0) return;
      const away = carryOut(table, out.plan);
      const back = planFailback(inputOf(away), order);
      if (!back.ok) throw new Error(back.reason);
      const home = carryOut(away, back.plan);
      assert.deepEqual(home.shards.owner, table.shards.owner);
      assert.deepEqual(home.shards.primary, table.shards.primary);
      assert.deepEqual(home.cellsOfUnit, table.cellsOfUnit);
    }),
  );
});
