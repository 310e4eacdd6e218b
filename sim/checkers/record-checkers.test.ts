import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditKey, encodeAudit, makeAudit } from '../../src/control/records/audit-record.ts';
import { encodeLeader, LEADER_KEY } from '../../src/control/records/leader-record.ts';
import { encodeOperation, operationKey } from '../../src/control/records/operation-record.ts';
import type { Epoch, Incarnation } from '../../src/core/ids.ts';
import { newOperation, type Operation } from '../../src/core/operation/operation.ts';
import { DEFAULT_DEADLINES } from '../../src/core/operation/operation-deadlines.ts';
import { PLAIN_OPTIONS } from '../../src/core/operation/plain-options.fixture.ts';
import { NONE } from '../../src/core/topology.ts';
import { allCheckers } from './all-checkers.ts';
import { auditWhole } from './audit-whole.ts';
import { ledgerBooks } from './ledger-books.ts';
import { nothingLostPlanned } from './nothing-lost-planned.ts';
import { oneAnswer } from './one-answer.ts';
import { oneController } from './one-controller.ts';
import { safetyRulesHold } from './safety-rules-hold.ts';
import { entryOf, FIRST, next, requestOf, Stage } from './stage.fixture.ts';

const [FROM, TO] = [
  { unit: 'RZ01', dataCenter: 'hz-a' },
  { unit: 'RZ05', dataCenter: 'sz-a' },
];
const SECOND = next(FIRST, 7);

function operation(change: Partial<Operation>): Operation {
  const move = { shards: [[7, 7]] as const, from: FROM, to: TO, candidates: [], copies: [] };
  const order = { id: 'op-1', incarnation: FIRST.incarnation, kind: 'move' as const, author: 'test', reason: '' };
  const more = { moves: [move], weights: [], createdAt: 0, deadlines: DEFAULT_DEADLINES };
  return { ...newOperation({ ...order, ...more, options: PLAIN_OPTIONS }), ...change };
}

const record = (change: Partial<Operation>) => {
  const whole = operation(change);
  return { key: operationKey(whole.id), value: encodeOperation(whole) };
};

test('every checker has a name, a sentence, and none is there twice', () => {
  const names = allCheckers().map(({ name }) => name);
  assert.equal(new Set(names).size, 13);
  for (const { sentence } of allCheckers()) assert.match(sentence, /^[A-Z].*\.$/s);
});

test('audit-whole: a table without its record is a violation, and so is a broken chain', () => {
  const audit = (sequence: number, previous: string | null) => {
    const who = { author: 'test', role: 'admin', action: 'a', reason: '', id: 'x', changes: [] };
    const what = {
      sequence,
      incarnation: 'life' as Incarnation,
      at: 0,
      fromEpoch: sequence - 1,
      digest: '0'.repeat(64),
    };
    return makeAudit({ ...who, ...what, previous });
  };
  const first = audit(1, null);
  const setUp = (previous: string | null): Stage => {
    const stage = new Stage(auditWhole);
    stage.commit('setup', null, [{ key: auditKey(1), value: encodeAudit(first) }]);
    stage.commit('control-1', SECOND, [{ key: auditKey(2), value: encodeAudit(audit(2, previous)) }]);
    return stage;
  };
  assert.deepEqual(setUp(first.hash).said(), []);
  assert.equal(setUp('f'.repeat(64)).said().length, 1);
  const silent = new Stage(auditWhole);
  silent.commit('control-1', SECOND);
  assert.match(silent.said()[0] ?? '', /epoch 2 with no audit/);
});

test('one-controller: a step is written by the leader, one after the other', () => {
  const leader = {
    key: LEADER_KEY,
    value: encodeLeader({ format: 1, node: 'control-1', boot: 'b', term: 1, renewed: 0 }),
  };
  const setUp = (): Stage => {
    const stage = new Stage(oneController());
    stage.commit('control-1', null, [leader, record({})]);
    stage.commit('control-1', null, [record({ stepSequence: 2 })]);
    return stage;
  };
  assert.deepEqual(setUp().said(), []);
  const stranger = setUp();
  stranger.commit('control-2', null, [record({ stepSequence: 3 })]);
  assert.match(stranger.said()[0] ?? '', /control-2 wrote step check of op-1 in term 1 of control-1/);
  const repeated = setUp();
  repeated.commit('control-1', null, [record({ stepSequence: 2 })]);
  assert.match(repeated.said()[0] ?? '', /from sequence 2 to 2/);
});

test('one-controller: a copy is promoted only where the table was granted', () => {
  for (const epoch of [1, 2]) {
    const stage = new Stage(oneController());
    const call = { call: 'promote', shards: ['07'], by: 'control-1', askedAt: 0 };
    stage.facts.tell({ kind: 'gateTook', dataCenter: 'hz-a', epoch, ...call });
    assert.equal(stage.said().length, epoch === 1 ? 0 : 1);
  }
});

test('nothing-lost-planned: at the grant the target’s log ends as the source’s does', () => {
  for (const [entries, isWhole] of [
    [[{}, {}], true],
    [[{}], false],
  ] as const) {
    const stage = new Stage(nothingLostPlanned);
    stage.ledger('hz-a', [{}, {}], true);
    stage.ledger('sz-a', entries, false);
    const granted = { step: 'promote', stepSequence: 4, freezeEpoch: 1 as Epoch, grantEpoch: 2 as Epoch } as const;
    stage.commit('control-1', SECOND, [record(granted)]);
    assert.equal(stage.said().length, isWhole ? 0 : 1);
  }
});

test('nothing-lost-planned: a target of another lineage than its source has not caught up, whatever its number', () => {
  const stage = new Stage(nothingLostPlanned);
  stage.ledger('hz-a', [{ lineage: 2 }], true);
  const tables = stage.ledger('sz-a', [{ lineage: 2 }], false);
  const granted = { step: 'promote', stepSequence: 4, freezeEpoch: 1 as Epoch, grantEpoch: 2 as Epoch } as const;
  tables.asTables().database.exec('BEGIN');
  tables.log.save({ ...tables.log.state('07'), role: 'stale' });
  tables.asTables().database.exec('COMMIT');
  stage.commit('control-1', SECOND, [record(granted)]);
  assert.match(stage.said()[0] ?? '', /sz-a \(stale\) at 2:1/);
});

test('nothing-lost-planned: an emergency chooses a copy of the owner’s lineage', () => {
  for (const lineage of [1, 2]) {
    const stage = new Stage(nothingLostPlanned);
    stage.ledger('sz-a', [{ lineage: 2 }], false);
    const lineages = [{ shards: [7, 7] as const, lineages: [lineage as Epoch] }];
    stage.commit('control-1', null, [record({ isEmergency: true, step: 'acknowledge', lineages })]);
    assert.equal(stage.said().length, lineage === 2 ? 0 : 1);
  }
});

test('one-answer: what is acknowledged is with the copies that the ledger waits for', () => {
  for (const entries of [[{}], []]) {
    const stage = new Stage(oneAnswer());
    stage.ledger('hz-a', [{}], true);
    stage.ledger('hz-b', entries, false);
    const names = { shard: '07', account: '107', id: 'e1' };
    stage.facts.tell({ kind: 'confirmed', dataCenter: 'hz-a', ...names, required: ['hz-b'] });
    assert.deepEqual(stage.violations, entries.length > 0 ? [] : ['hz-a acknowledges e1, which hz-b does not have']);
  }
});

test('ledger-books: equal entries stand after equal ones, and a copy that follows nobody is missed', () => {
  const stage = new Stage(ledgerBooks());
  stage.ledger('hz-a', [{}, { lineage: 2, balance: 2 }], true);
  stage.ledger('hz-b', [{ id: 'other' }, { lineage: 2, id: 'e2', balance: 2 }], false);
  const entry = entryOf({ lineage: 2, offset: 2, id: 'e2' });
  stage.executed('hz-a', 'RZ01', entry);
  stage.facts.tell({ kind: 'copied', dataCenter: 'hz-b', entry });
  assert.match(stage.violations[0] ?? '', /hz-b has 0:1 other before 07 2 2 \(e2\), its owner had 0:1 e1/);
  const tables = stage.ledger('hz-b', [{}], false);
  tables.asTables().database.exec('BEGIN');
  tables.log.save({ ...tables.log.state('07'), role: 'stale' });
  tables.asTables().database.exec('COMMIT');
  assert.match(stage.said().join(), /shard 07: hz-b was not made to follow hz-a/);
});

test('one-answer: a second final answer, a second delivery and a lost acknowledged write are violations', () => {
  const stage = new Stage(oneAnswer());
  const deliver = (): void => stage.facts.tell({ kind: 'delivered', dataCenter: 'hz-a', tag: 'e1.1', shard: 7 });
  stage.ledger('hz-a', [{}], true);
  deliver();
  stage.facts.tell({ kind: 'notExecuted', tag: 'e1.1' });
  deliver();
  stage.executed('hz-a', 'RZ01');
  stage.acknowledged.set('e1', { request: requestOf(), at: 0 });
  assert.deepEqual(stage.said(), []);
  deliver();
  stage.facts.tell({ kind: 'answered', request: requestOf(), status: 201, code: null, finals: 2 });
  assert.equal(stage.said().length, 2);
  stage.ledger('hz-a', [], true);
  assert.match(stage.said().at(-1) ?? '', /e1 was acknowledged .* does not have it/);
});

test('ledger-books: two entries at one place, a balance that is no sum and copies that differ are violations', () => {
  const good = new Stage(ledgerBooks());
  for (const shard of ['hz-a', 'hz-b']) good.ledger(shard, [{ balance: 1 }, { balance: 2 }], shard === 'hz-a');
  good.executed('hz-a', 'RZ01');
  good.executed('hz-a', 'RZ01');
  const about = (stage: Stage): string[] => stage.said().filter((line) => /shard 07|e1/.test(line));
  assert.deepEqual(about(good), []);
  good.executed('sz-a', 'RZ05', { id: 'e9' });
  assert.match(about(good)[0] ?? '', /e9 at 0:1, where 107 e1 stands elsewhere/);
  const wrong = new Stage(ledgerBooks());
  wrong.ledger('hz-a', [{ balance: 5 }], true);
  wrong.ledger('hz-b', [{ id: 'other', balance: 1 }], false);
  assert.match(about(wrong).join(), /107 has 5, its entries add up to 1/);
  assert.match(about(wrong).join(), /hz-b \(0:1\) is not a beginning of hz-a/);
});

test('safety-rules-hold: an emergency may fill a unit beyond its capacity if its record says so, and nobody may after it', () => {
  const owner = FIRST.topology.unitIndex.get('RZ05') ?? NONE;
  const primary = FIRST.topology.dataCenterIndex.get('sz-a') ?? NONE;
  let table = FIRST;
  for (let shard = 0; shard < 45; shard += 1) table = next(table, shard, { owner, primary });
  const detail = 'nothing can be lost; RZ05 has 65 shards now, its capacity is 60: move some away';
  const grant = (isEmergency: boolean) =>
    record({ isEmergency, results: [{ step: 'acknowledge', endedAt: 0, detail }] });
  const [excused, planned] = [new Stage(safetyRulesHold), new Stage(safetyRulesHold)];
  planned.commit('control-1', table, [grant(false)]);
  assert.match(planned.said()[0] ?? '', /RZ05 has 65 of 60 shards/);
  excused.commit('control-1', table, [grant(true)]);
  assert.deepEqual(excused.said(), []);
  excused.commit('control-1', next(table, 45, { owner, primary }));
  assert.match(excused.said()[0] ?? '', /RZ05 has 66 of 60 shards/);
});

// Seed 5638: they counted for nobody, and the checker saw it only when they came back.
test('safety-rules-hold: a frozen shard takes up room in the unit that it may come back to', () => {
  const owner = FIRST.topology.unitIndex.get('RZ05') ?? NONE;
  const primary = FIRST.topology.dataCenterIndex.get('sz-a') ?? NONE;
  let table = FIRST;
  for (let shard = 0; shard < 40; shard += 1) table = next(table, shard, { owner, primary });
  const frozen = { state: 'FREEZING', owner: NONE, primary: NONE, previous: owner, operation: 'op-1' } as const;
  for (let shard = 80; shard < 85; shard += 1) table = next(table, shard, frozen);
  const stage = new Stage(safetyRulesHold);
  stage.commit('control-1', table);
  assert.deepEqual(stage.said(), []);
  stage.commit('control-1', next(table, 40, { owner, primary }));
  assert.match(stage.said()[0] ?? '', /RZ05 has 61 of 60 shards/);
});
