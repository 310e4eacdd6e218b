import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { ShardId } from '../ids.ts';
import { shardsAwayFromHome } from '../table.ts';
import { NONE } from '../topology.ts';
import { carryOut, inputOf } from './plan.fixture.ts';
import type { Plan, PlanResult } from './plan.ts';
import { planFailback } from './plan-failback.ts';
import { dataCentersOfCity, planFailover } from './plan-failover.ts';
import { planMove } from './plan-move.ts';
import { planShift } from './plan-shift.ts';
import { defaultSafety, refusals } from './safety-rules.ts';

function planOf(result: PlanResult): Plan {
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result.plan;
}

function refusalOf(result: PlanResult): string {
  assert.ok(!result.ok);
  return `${result.reason}: ${result.next}`;
}

const movesOf = ({ moves }: Plan): string[] =>
  moves.map(
    ({ shards, from, to }) =>
      `${shards.map((run) => run.join('-')).join()} ${from.unit}@${from.dataCenter} → ${to.unit}@${to.dataCenter}`,
  );
const weightsOf = ({ weights }: Plan): string[] =>
  weights.map(({ unit, weights: cells }) => `${unit} ${cells === null ? 'as ruled' : JSON.stringify(cells)}`);
const inOrder = (...names: string[]) => ({ dataCenters: new Set(names) });
const HANGZHOU = inOrder('hz-a', 'hz-b');

test('a frozen shard takes up room in the unit that it may come back to', () => {
  const table = threeCitiesTable();
  const shards = table.shards.copy();
  const previous = table.topology.unitIndex.get('RZ01') ?? NONE;
  const frozen = { ...shards.at(0 as ShardId), state: 'FREEZING', owner: NONE, primary: NONE, previous } as const;
  shards.fill(0, 19, frozen);
  const plan = planOf(planMove(inputOf({ ...table, shards }), { shards: [[80, 94]], to: 'RZ01' }));
  assert.deepEqual(plan.loads[0], { unit: 'RZ01', before: 20, after: 35, capacity: 40 });
});

test('failover dc sz-a: twenty shards to the remote targets of RZ05, nothing else', () => {
  const plan = planOf(planFailover(inputOf(threeCitiesTable()), inOrder('sz-a')));
  assert.equal(plan.kind, 'move');
  assert.deepEqual(movesOf(plan), ['80-99 RZ05@sz-a → RZ01@hz-a']);
  assert.deepEqual(plan.weights, []);
  assert.deepEqual(plan.standIns, [{ unit: 'CZSZ', to: 'CZHZ' }]);
  assert.equal(plan.movedShards, 20);
  assert.equal(plan.frozenShare, 0.2);
  assert.deepEqual(plan.loads, [
    { unit: 'RZ01', before: 20, after: 40, capacity: 40 },
    { unit: 'RZ05', before: 20, after: 0, capacity: 60 },
  ]);
  assert.deepEqual(refusals(plan.verdicts), []);
});

test('failover dc sz-a with head-room: the first target takes what keeps its head-room, the second the others', () => {
  const table = threeCitiesTable();
  const settings = { ...defaultSafety(table), headRoomPercent: 25 };
  const plan = planOf(planFailover(inputOf(table, { settings }), inOrder('sz-a')));
  assert.deepEqual(movesOf(plan), ['80-89 RZ05@sz-a → RZ01@hz-a', '90-99 RZ05@sz-a → RZ03@sh-a']);
  assert.deepEqual(refusals(plan.verdicts), []);
});

test('failover dc hz-b: another primary for RZ02, weights for RZ01 and RZ02, no other owner', () => {
  const plan = planOf(planFailover(inputOf(threeCitiesTable()), inOrder('hz-b')));
  assert.equal(plan.kind, 'primary');
  assert.deepEqual(movesOf(plan), ['20-39 RZ02@hz-b → RZ02@hz-a']);
  assert.deepEqual(weightsOf(plan), ['RZ01 {"RZ01A":100,"RZ01B":0}', 'RZ02 {"RZ02A":100,"RZ02B":0}']);
  assert.deepEqual(plan.standIns, []);
});

test('failover dc hz-a: the stand-by cell of the global unit takes it over, with all of the weight', () => {
  const plan = planOf(planFailover(inputOf(threeCitiesTable()), inOrder('hz-a')));
  assert.deepEqual(movesOf(plan), ['0-19 RZ01@hz-a → RZ01@hz-b', '100-100 GZ00@hz-a → GZ00@hz-b']);
  assert.ok(weightsOf(plan).includes('GZ00 {"GZ00A":0,"GZ00B":100}'));
});

test('failover city hangzhou: both units and the global shard leave, each shard finds room', () => {
  const plan = planOf(planFailover(inputOf(threeCitiesTable()), HANGZHOU));
  assert.deepEqual(movesOf(plan), [
    '0-19 RZ01@hz-a → RZ03@sh-a',
    '20-39 RZ02@hz-b → RZ04@sh-b',
    '100-100 GZ00@hz-a → GZ01@sh-a',
  ]);
  assert.deepEqual(plan.homeless, []);
  assert.deepEqual(plan.standIns, [{ unit: 'CZHZ', to: 'CZSH' }]);
  assert.deepEqual(refusals(plan.verdicts), []);
});

for (const names of [['sz-a'], ['hz-b'], ['hz-a'], ['hz-a', 'hz-b'], ['sh-a', 'sh-b']]) {
  test(`failback after failover of ${names.join(' and ')} brings every owner and primary home and takes the overrides away`, () => {
    const before = threeCitiesTable();
    const away = carryOut(before, planOf(planFailover(inputOf(before), inOrder(...names))));
    assert.ok(shardsAwayFromHome(away).length > 0);
    const home = carryOut(away, planOf(planFailback(inputOf(away), inOrder(...names))));
    assert.deepEqual(shardsAwayFromHome(home), []);
    assert.deepEqual(home.overrides, []);
    assert.equal(planFailback(inputOf(home), inOrder(...names)).ok, false);
  });
}

test('a second data center that is down takes nothing: hangzhou is lost while sh-b is', () => {
  const input = inputOf(threeCitiesTable(), { unavailable: new Set(['sh-a', 'sh-b']), isEmergency: true });
  const plan = planOf(planFailover(input, HANGZHOU));
  assert.equal(plan.kind, 'emergency');
  assert.deepEqual(
    plan.moves.map(({ to }) => to.unit),
    ['RZ05', 'RZ05'],
  );
  assert.deepEqual(plan.homeless, [
    { unit: 'GZ00', shards: [[100, 100]], reason: 'unit GZ00 has no remote target that is alive' },
  ]);
  const found = refusals(plan.verdicts).map(({ rule }) => rule);
  assert.deepEqual(found, ['every-shard-placed', 'global-unit-alive']);
});

test('shards that find no room are named, and the rule says what would help', () => {
  const table = threeCitiesTable();
  const small = table.topology.document.units.map((unit) => (unit.kind === 'R' ? { ...unit, capacity: 25 } : unit));
  const tight = threeCitiesTable({ units: small });
  const plan = planOf(planFailover(inputOf(tight), inOrder('sz-a')));
  assert.deepEqual(
    plan.homeless.map(({ unit, shards, reason }) => [unit, shards, reason]),
    [['RZ05', [[90, 99]], '10 shards of unit RZ05 find no room at RZ01, RZ03']],
  );
  assert.match(refusals(plan.verdicts)[0]?.next ?? '', /more capacity/);
});

test('each rule says what was seen, the limit, its setting and what would satisfy it; its name overrides it', () => {
  const table = threeCitiesTable();
  const settings = { headRoomPercent: 60, movingShards: 10, quietMs: 60_000, isForbidden: true };
  const sinceOperationMs = new Map([[85, 1000]]);
  const strict = inputOf(table, { settings, sinceOperationMs });
  const refused = refusals(planOf(planFailover(strict, inOrder('sz-a'))).verdicts);
  assert.deepEqual(
    refused.map(({ rule, setting }) => [rule, setting]),
    [
      ['operations-allowed', 'safety.isForbidden'],
      ['capacity-head-room', 'safety.headRoomPercent'],
      ['moving-shards', 'safety.movingShards'],
      ['quiet-time', 'safety.quietMs'],
    ],
  );
  assert.equal(refused[3]?.seen, 'shards 85 moved 1000 ms ago');
  assert.match(refused[3]?.next ?? '', /wait 59000 ms, or override the rule quiet-time/);
  const overridden = refused.map(({ rule }) => rule);
  const waved = planOf(planFailover({ ...strict, overridden }, inOrder('sz-a')));
  assert.deepEqual(refusals(waved.verdicts), []);
  assert.equal(waved.verdicts.filter(({ verdict }) => verdict === 'overridden').length, 4);
});

test('a shard that is on the move is in nobody else’s plan, whatever is overridden', () => {
  const table = threeCitiesTable();
  table.shards.operation.set(85, 'op-1');
  const plan = planOf(planFailover(inputOf(table, { overridden: ['one-operation-per-shard'] }), inOrder('sz-a')));
  const [first] = refusals(plan.verdicts);
  assert.equal(first?.rule, 'one-operation-per-shard');
  assert.match(first?.seen ?? '', /85 are on the move by operation op-1/);
});

test('a move to a unit without a copy, without room, or that has the shards is refused and says what to do', () => {
  const input = inputOf(threeCitiesTable());
  assert.match(refusalOf(planMove(input, { shards: [[0, 9]], to: 'RZ02' })), /no copy .*take one of RZ03, RZ05/);
  assert.match(refusalOf(planMove(input, { shards: [[0, 9]], to: 'RZ01' })), /owns these shards already/);
  assert.match(refusalOf(planMove(input, { shards: [[0, 9]], to: 'RZ99' })), /no unit "RZ99".*take one of RZ01/);
  assert.match(refusalOf(planMove(input, { shards: [[0, 200]], to: 'RZ03' })), /no shard 101/);
  const down = { ...input, unavailable: new Set(['sz-a']) };
  assert.match(refusalOf(planMove(down, { shards: [[0, 9]], to: 'RZ05' })), /no data center of unit RZ05 is up/);
  assert.deepEqual(movesOf(planOf(planMove(input, { shards: [[0, 9]], to: 'RZ03' }))), ['0-9 RZ01@hz-a → RZ03@sh-a']);
});

test('a shift checks its cells and its sum, and freezes nothing', () => {
  const input = inputOf(threeCitiesTable());
  const shift = (weights: Record<string, number>) => planShift(input, { unit: 'RZ01', weights, expiresAt: null });
  assert.match(refusalOf(shift({ RZ01A: 100 })), /add up to 150/);
  assert.match(refusalOf(shift({ RZ02A: 100 })), /no cell RZ02A: its cells are RZ01A, RZ01B/);
  assert.match(refusalOf(shift({ RZ01A: 50 })), /in force/);
  const plan = planOf(shift({ RZ01A: 100, RZ01B: 0 }));
  assert.deepEqual([plan.kind, plan.pauseMs, plan.movedShards], ['shift', 0, 0]);
});

test('unknown names and nothing to do are no plans', () => {
  const table = threeCitiesTable();
  assert.match(refusalOf(planFailover(inputOf(table), inOrder('sz-z'))), /no data center "sz-z".*hz-a, hz-b, sh-a/);
  assert.match(refusalOf(planFailback(inputOf(table), inOrder('sz-a'))), /at home already/);
  const away = carryOut(table, planOf(planFailover(inputOf(table), inOrder('sz-a'))));
  const down = inputOf(away, { unavailable: new Set(['sz-a']) });
  assert.match(refusalOf(planFailback(down, inOrder('sz-a'))), /data center sz-a is down/);
  assert.deepEqual(dataCentersOfCity(table.topology, 'hangzhou'), HANGZHOU.dataCenters);
  assert.equal(dataCentersOfCity(table.topology, 'paris'), null);
});
