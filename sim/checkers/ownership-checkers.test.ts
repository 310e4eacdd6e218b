import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch } from '../../src/core/ids.ts';
import type { Table } from '../../src/core/table.ts';
import { NONE } from '../../src/core/topology.ts';
import { epochsGrow } from './epochs-grow.ts';
import { executedByOwner } from './executed-by-owner.ts';
import { lateAnswers } from './late-answers.ts';
import { oneOwner } from './one-owner.ts';
import { oneTable } from './one-table.ts';
import { quietAtLast } from './quiet-at-last.ts';
import { safetyRulesHold } from './safety-rules-hold.ts';
import { servedWithoutStore } from './served-without-store.ts';
import { FIRST, gatewayOf, next, requestOf, Stage, type StagedGateway } from './stage.fixture.ts';

// Shard 07: RZ01 with its primary in hz-a at first; another unit, here that of sz-a, owns it from epoch 3 on.
const SHARD = 7;
const { topology } = FIRST;
const other = topology.unitIndex.get('RZ05') ?? NONE;
const away = topology.dataCenterIndex.get('sz-a') ?? NONE;
const FROZEN = next(FIRST, SHARD, { state: 'FREEZING', owner: NONE, primary: NONE, previous: 0, operation: 'op' });
const MOVED = next(FROZEN, SHARD, {
  ...{ state: 'ACTIVE', owner: other, primary: away, previous: NONE, operation: null },
  since: 3 as Epoch,
});

function moved(stage: Stage): Stage {
  stage.commit('control-1', FROZEN);
  stage.commit('control-1', MOVED);
  return stage;
}

const admitting = (stage: Stage): string[] => stage.said().filter((line) => line.includes('would admit'));

test('one-owner: two open guards of two owners are a violation, a closed one is none', () => {
  for (const isOpen of [true, false]) {
    const stage = moved(new Stage(oneOwner));
    stage.gateways.push(gatewayOf('hz-a', FIRST, isOpen), gatewayOf('sz-a', MOVED));
    stage.guardChanged(stage.gateways[1] as never, FROZEN);
    assert.equal(admitting(stage).length, isOpen ? 1 : 0);
  }
});

test('one-owner: nobody admits at an older epoch after a later owner did', () => {
  const stage = moved(new Stage(oneOwner));
  const tell = (epoch: number, unit: string, table: Table): void =>
    stage.facts.tell({ kind: 'admitted', gateway: gatewayOf('hz-a', table) as never, shard: SHARD, epoch, unit });
  tell(1, 'RZ01', FIRST);
  tell(3, 'RZ05', MOVED);
  assert.deepEqual(stage.said(), []);
  tell(1, 'RZ01', FIRST);
  assert.match(stage.said()[0] ?? '', /admits at 1 for RZ01 after the owner since 3/);
  tell(1, 'RZ01', MOVED);
  assert.match(stage.said().join(), /admits at 1 for RZ01, the shard’s epoch in its table is 3/);
});

test('one-owner: a guard that opens has a record of its own in the store', () => {
  const stage = new Stage(oneOwner);
  const own = gatewayOf('hz-a', FIRST);
  stage.gateways.push(own);
  const boot = own.bootId;
  const names = { format: 1, node: 'n', boot, dataCenter: 'hz-a', version: 'sim', address: 'a:1' };
  const value = JSON.stringify({ ...names, formats: [], applied: null, drained: [], beat: 1 });
  stage.guardChanged(own);
  assert.match(stage.said()[0] ?? '', /is open, and its record has never been in the store/);
  stage.commit('gateway', null, [{ key: `guards/n/${boot}`, value }]);
  stage.guardChanged(own);
  assert.equal(stage.said().length, 1);
});

test('one-owner: at a grant, and ever after, no guard of the old owner could still admit', () => {
  for (const isOpen of [true, false]) {
    const stage = new Stage(oneOwner);
    stage.gateways.push(gatewayOf('hz-a', FIRST, isOpen));
    moved(stage);
    assert.deepEqual(
      stage.said(),
      isOpen ? ['gateway-hz-a-1 would admit at 1 for RZ01, and the shard was granted at 3'] : [],
    );
    stage.guardChanged(stage.gateways[0] as never);
    assert.equal(admitting(stage).length, isOpen ? 2 : 0);
  }
});

test('epochs-grow: a freeze and a grant are fine; an epoch that is used twice, skipped or kept is a violation', () => {
  assert.deepEqual(moved(new Stage(epochsGrow)).said(), []);
  const skipped = new Stage(epochsGrow);
  skipped.commit('control-1', next(FIRST, SHARD, {}, 3));
  assert.match(skipped.said()[0] ?? '', /from 1 to 3/);
  const reused = moved(new Stage(epochsGrow));
  reused.commit('control-1', next(MOVED, SHARD, { epoch: 2 as Epoch }));
  assert.match(reused.said()[0] ?? '', /from 3 back to 2/);
  const kept = new Stage(epochsGrow);
  kept.commit('control-1', next(FIRST, SHARD, { epoch: 1 as Epoch, primary: away }));
  assert.match(kept.said()[0] ?? '', /its primary changed, its epoch 1 did not/);
});

test('epochs-grow: no gateway goes back within one boot', () => {
  const stage = moved(new Stage(epochsGrow));
  stage.guardChanged(gatewayOf('hz-a', FROZEN));
  stage.guardChanged(gatewayOf('hz-a', MOVED));
  assert.deepEqual(stage.said(), []);
  stage.guardChanged(gatewayOf('hz-a', FROZEN));
  assert.match(stage.said()[0] ?? '', /from epoch 3 back to 2/);
});

test('executed-by-owner: only the owner of the write’s epoch executes, into the lineage of its ownership', () => {
  const stage = moved(new Stage(executedByOwner));
  stage.executed('hz-a', 'RZ01', { epoch: 1 });
  stage.executed('sz-a', 'RZ05', { epoch: 3, lineage: 3 });
  assert.deepEqual(stage.said(), []);
  stage.executed('hz-a', 'RZ01', { epoch: 2 });
  stage.executed('hz-a', 'RZ01', { epoch: 3 });
  stage.executed('sz-a', 'RZ05', { epoch: 3, lineage: 0 });
  stage.executed('sz-a', 'RZ05', { epoch: 4, lineage: 3 });
  assert.equal(stage.said().length, 4);
});

test('late-answers: the old owner acknowledges nothing after the grant, its horizon of the freeze or its own word', () => {
  const pass = (stage: Stage, gateway: StagedGateway): void =>
    stage.facts.tell({ kind: 'passedOn', gateway: gateway as never, shard: SHARD, epoch: 1, unit: 'RZ01' });
  const stage = new Stage(lateAnswers());
  stage.commit('control-1', FROZEN);
  const open = gatewayOf('hz-a', FROZEN);
  stage.guardChanged(open, FIRST);
  pass(stage, open);
  assert.deepEqual(stage.said(), []);
  // The horizon of a later read counts for nothing.
  const process = { ...open.process, monotonicMs: () => 2 };
  const late = { ...open, process, guard: { ...open.guard, horizon: 3 } };
  stage.guardChanged(late, FROZEN);
  pass(stage, late);
  assert.match(stage.said()[0] ?? '', /horizon at the freeze that has passed/);
  const word = { operation: 'op', epoch: FROZEN.epoch };
  pass(stage, { ...open, guard: { ...open.guard, drained: () => [word] } });
  assert.match(stage.said()[1] ?? '', /has acknowledged that nothing/);
  stage.commit('control-1', MOVED);
  pass(stage, gatewayOf('hz-a', FIRST));
  assert.match(stage.said()[2] ?? '', /the shard was granted at 3/);
});

test('epochs-grow: a guard does not stay open by what an older store shows', () => {
  const stage = new Stage(epochsGrow);
  const gateway = gatewayOf('hz-a', FROZEN) as never;
  stage.facts.tell({ kind: 'restedOnOlder', gateway, shown: 1 });
  assert.deepEqual(stage.said(), ['the guard of gateway-hz-a-1 runs epoch 2 and stays open by 1']);
});

test('epochs-grow: a gate takes no call of a lower epoch than one that it took before', () => {
  const stage = new Stage(epochsGrow);
  const take = (epoch: number, askedAt: number): void =>
    stage.facts.tell({
      ...{ kind: 'gateTook', dataCenter: 'hz-a', call: 'fence', epoch, shards: ['05-08'], by: 'control-1', askedAt },
    });
  take(2, 0);
  take(2, 1);
  take(3, 1);
  // It was there before the higher one came.
  take(2, 0);
  assert.deepEqual(stage.said(), []);
  take(2, 1);
  assert.match(stage.said()[0] ?? '', /the gate of hz-a took fence of control-1 at 2 after it took 3/);
});

test('epochs-grow: a copy’s lineage never falls', () => {
  const stage = new Stage(epochsGrow);
  const tables = stage.ledger('hz-a', [{ lineage: 2 }], true);
  tables.log.onFall = (shard, from, to) =>
    stage.facts.tell({ kind: 'lineageFell', dataCenter: 'hz-a', shard, from, to });
  tables.asTables().database.exec('BEGIN');
  tables.log.save({ ...tables.log.state('07'), lineage: 3 });
  assert.deepEqual(stage.said(), []);
  tables.log.save({ ...tables.log.state('07'), lineage: 2 });
  assert.match(stage.said()[0] ?? '', /hz-a went from lineage 3 back to 2/);
});

test('executed-by-owner: nothing is executed below a gate’s fence', () => {
  const stage = new Stage(executedByOwner);
  const call = { call: 'fence', shards: ['07'], by: 'control-1', askedAt: 0 };
  stage.facts.tell({ kind: 'gateTook', dataCenter: 'hz-a', epoch: 2, ...call });
  stage.executed('hz-a', 'RZ01', { epoch: 1 });
  assert.match(stage.said()[0] ?? '', /its gate had taken a call at 2/);
});

test('safety-rules-hold: an owner without a place, or without room, is a violation', () => {
  assert.deepEqual(moved(new Stage(safetyRulesHold)).said(), []);
  const nowhere = new Stage(safetyRulesHold);
  nowhere.commit('control-1', next(FIRST, SHARD, { primary: away }));
  assert.match(nowhere.said()[0] ?? '', /no cell where its data takes writes/);
  const full = new Stage(safetyRulesHold);
  let table = FIRST;
  for (let shard = 0; shard < 80; shard += 1) table = next(table, shard, { owner: other, primary: away });
  full.commit('control-1', { ...table, epoch: 2 as Epoch });
  assert.match(full.said()[0] ?? '', /RZ05 has \d+ of \d+ shards/);
});

test('quiet-at-last and one-table: a gateway that runs another table is named, and so is a frozen shard', () => {
  for (const checker of [quietAtLast, oneTable]) {
    const stage = new Stage(checker);
    stage.gateways.push(gatewayOf('hz-a', FIRST));
    assert.deepEqual(stage.said(), []);
    moved(stage);
    assert.match(stage.said()[0] ?? '', /gateway-hz-a-1 runs epoch 1/);
  }
  const frozen = new Stage(quietAtLast);
  frozen.commit('control-1', FROZEN);
  assert.match(frozen.said().join(), /1 shards are frozen, the first is 7/);
});

test('served-without-store: a read that fails while only the store is down is a violation, a write without it is none', () => {
  const stage = new Stage(servedWithoutStore);
  const answer = (kind: 'read' | 'plain', sentAt: number, code = 'SHARD_MOVING'): void =>
    stage.facts.tell({
      ...{ kind: 'answered', request: requestOf({ kind, sentAt }), status: 503, code, finals: 1 },
    });
  answer('plain', 60_000, 'STORE_LOST');
  stage.storeDownSince = 0;
  answer('read', 1_000);
  answer('plain', 60_000, 'STORE_LOST');
  assert.deepEqual(stage.said(), []);
  answer('read', 60_000);
  assert.equal(stage.said().length, 1);
  stage.storeDownSince = null;
  answer('read', 1_000, 'STORE_LOST');
  assert.equal(stage.said().length, 2);
});
