import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { Epoch, Incarnation, ShardId } from '../ids.ts';
import { makeTable, type Table } from '../table.ts';
import { type AppliedStep, applyStep } from './apply-step.ts';
import { followOrders } from './follow-orders.ts';
import type { Move, Operation, OperationOrder } from './operation.ts';
import type { StepWriteType } from './operation-effect.ts';
import { FROM, plainMove, TO } from './plain-move.fixture.ts';

/** With weights, which come with the grant. */
function move(id: string, from: number, to: number, over: Partial<OperationOrder> = {}): Operation {
  return plainMove(id, from, to, {
    weights: [{ unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 }, expiresAt: null }],
    ...over,
  });
}

function apply(
  table: Table,
  type: StepWriteType,
  operation: Operation,
  superseded: readonly Operation[] = [],
): AppliedStep {
  return applyStep(table, { type, expectedSequence: operation.stepSequence, next: operation }, superseded);
}

/** The table and the operation after a step that is allowed. */
function done(
  table: Table,
  type: StepWriteType,
  operation: Operation,
  superseded: readonly Operation[] = [],
): [Table, Operation] {
  const applied = apply(table, type, operation, superseded);
  if (!applied.ok) throw new Error(applied.reason);
  return [applied.table === null ? table : makeTable({ ...table, ...applied.table }), applied.operation];
}

const reasonOf = (applied: AppliedStep): string => (applied.ok ? 'no refusal' : applied.reason);
const at = (table: Table, shard: number) => table.shards.at(shard as ShardId);

test('freeze, grant and release make ACTIVE(A, e), FREEZING(e+1), ACTIVE(B, e+2), and the release keeps that epoch', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [previous, owner] = [4, 0];
  assert.deepEqual(
    { ...at(frozen, 80), owner: 'none', primary: 'none' },
    { epoch: 2, state: 'FREEZING', owner: 'none', primary: 'none', previous, since: 1, operation: 'op' },
  );
  assert.deepEqual(held.lineages, [{ shards: [80, 84], lineages: [1] }]);
  const [granted, promoted] = done(frozen, 'WriteGrant', held);
  const { epoch, state, since, operation } = at(granted, 84);
  assert.deepEqual([epoch, state, at(granted, 84).owner, since, operation], [3, 'ACTIVE', owner, 3, 'op']);
  assert.equal(granted.overrides.length, 1, 'weights come with the grant');
  const [released] = done(granted, 'WriteRelease', promoted);
  assert.equal(released.epoch, 4);
  assert.deepEqual(at(released, 84), { ...at(granted, 84), operation: null });
});

test('an abort gives the shard back at a new epoch and keeps since; the weights were never changed', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [back] = done(frozen, 'WriteAbort', held);
  assert.deepEqual(at(back, 80), { ...at(threeCitiesTable(), 80), epoch: 3 });
  assert.deepEqual(back.overrides, []);
});

test('a step is refused when the shards are not as the operation expects them', () => {
  const table = threeCitiesTable();
  const [frozen, held] = done(table, 'WriteFreeze', move('op', 80, 84));
  assert.match(reasonOf(apply(frozen, 'WriteFreeze', move('two', 84, 85))), /shard 84 is held by operation op/);
  assert.match(
    reasonOf(apply(table, 'WriteFreeze', move('op', 0, 0))),
    /shard 00 belongs to RZ01 at hz-a, .* RZ05 at sz-a/,
  );
  assert.match(reasonOf(apply(table, 'WriteGrant', held)), /shard 80 is held by operation none, not op/);
  assert.match(reasonOf(apply(frozen, 'WriteRelease', held)), /not as it was granted/);
  assert.match(reasonOf(apply(frozen, 'WriteEnd', held)), /shard 80 still names operation op/);
  assert.match(reasonOf(apply(table, 'WriteFreeze', move('op', 101, 400))), /there is no shard 101/);
  const foreign = move('op', 80, 84, { incarnation: 'other' as Incarnation });
  assert.match(reasonOf(apply(table, 'WriteFreeze', foreign)), /incarnation other/);
  const [granted, promoted] = done(frozen, 'WriteGrant', held);
  assert.match(reasonOf(apply(granted, 'WriteAbort', promoted)), /not frozen as the operation left it/);
  assert.match(reasonOf(apply(granted, 'WriteGrant', promoted)), /not frozen as the operation left it/);
});

test('another operation at another time is no confusion: a grant of an earlier freeze is refused', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [back] = done(frozen, 'WriteAbort', held);
  const [again] = done(back, 'WriteFreeze', move('op', 80, 84));
  assert.match(reasonOf(apply(again, 'WriteGrant', held)), /not frozen as the operation left it/);
});

test('an emergency replaces an operation whose target was lost before its release, and keeps the older lineage', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [granted, stuck] = done(frozen, 'WriteGrant', held);
  const rescue = move('rescue', 80, 84, {
    kind: 'emergency',
    moves: [{ shards: [[80, 84]], from: TO, to: { unit: 'RZ03', dataCenter: 'sh-a' }, candidates: [], copies: [] }],
    options: { ...stuck.options, supersedes: ['op'] },
  });
  const planned = { ...rescue, isEmergency: false };
  assert.match(reasonOf(apply(granted, 'WriteFreeze', planned, [stuck])), /held by operation op/);
  const [saved, after] = done(granted, 'WriteFreeze', rescue, [stuck]);
  assert.deepEqual(after.lineages, [{ shards: [80, 84], lineages: [3, 1] }]);
  assert.match(reasonOf(apply(saved, 'WriteRelease', stuck)), /held by operation rescue now/);
});

test('an aborted emergency keeps the shards that were granted and never released, grants them to that copy anew, and lets go of the others', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [granted, stuck] = done(frozen, 'WriteGrant', held);
  // Shards 00 to 04 were at that copy all the time.
  const away: Move = {
    shards: [
      [0, 4],
      [80, 84],
    ],
    from: TO,
    to: { unit: 'RZ03', dataCenter: 'sh-a' },
    candidates: [FROM],
    copies: [],
  };
  const rescue = move('rescue', 0, 0, {
    kind: 'emergency',
    moves: [away],
    options: { ...stuck.options, supersedes: ['op'] },
  });
  const [saved, after] = done(granted, 'WriteFreeze', rescue, [stuck]);
  const results = [{ step: 'choose', endedAt: 0, detail: 'no copy' }] as const;
  const ending: Operation = { ...after, step: 'ended', outcome: { kind: 'aborted', reason: 'no copy' }, results };
  const [back, going] = done(saved, 'WriteAbort', ending);
  const { since, operation } = at(threeCitiesTable(), 2);
  assert.deepEqual([at(back, 2).since, at(back, 2).operation], [since, operation], 'as if nothing had happened');
  assert.deepEqual([at(back, 82).owner, at(back, 82).since, at(back, 82).operation], [0, 5, 'rescue']);
  assert.deepEqual([going.step, going.outcome, going.grantEpoch], ['promote', null, 5]);
  assert.deepEqual(going.moves, [{ ...away, shards: [[80, 84]], to: TO, candidates: [], copies: [away.to, FROM] }]);
  assert.equal(
    going.results.at(-1)?.detail,
    'no copy; 5 shards had been granted to RZ01@hz-a and never released, so they are granted there anew',
  );
  const [released] = done(back, 'WriteRelease', going);
  assert.deepEqual([at(released, 82).epoch, at(released, 82).operation], [5, null]);
  // And once more, should this copy be lost again: any lineage since the last owner that served will do.
  const [, third] = done(
    back,
    'WriteFreeze',
    {
      ...rescue,
      id: 'third',
      moves: [{ ...away, shards: [[80, 84]] }],
      options: { ...rescue.options, supersedes: ['rescue'] },
    },
    [going],
  );
  assert.deepEqual(third.lineages, [{ shards: [80, 84], lineages: [5, 3, 1] }]);
});

test('an emergency’s grant that fills a unit beyond its capacity says so on record, a planned one is refused, and a unit that has room says nothing', () => {
  const results = [{ step: 'acknowledge', endedAt: 0, detail: 'nothing can be lost' }] as const;
  const granted = (to: number): string => {
    const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', { ...move('op', 80, to), results });
    return done(frozen, 'WriteGrant', held)[1].results.at(-1)?.detail ?? '';
  };
  assert.equal(granted(98), 'nothing can be lost');
  assert.equal(granted(99), 'nothing can be lost', 'RZ01 has 40 of 40 then');
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', {
    ...move('op', 80, 99),
    moves: [{ ...(move('op', 80, 99).moves[0] as Move), to: { unit: 'RZ02', dataCenter: 'hz-b' } }],
    results,
  });
  const full: Table = {
    ...frozen,
    topology: { ...frozen.topology, units: frozen.topology.units.map((unit) => ({ ...unit, capacity: 30 })) },
  };
  assert.match(
    reasonOf(apply(full, 'WriteGrant', held)),
    /had room when it was planned: .* RZ02 has 40 shards now, its capacity is 30/,
  );
  const overridden = { ...held, options: { ...held.options, overriddenRules: ['capacity-head-room'] } };
  assert.equal(apply(full, 'WriteGrant', overridden).ok, true);
  assert.equal(
    done(full, 'WriteGrant', { ...held, isEmergency: true })[1].results.at(-1)?.detail,
    'nothing can be lost; RZ02 has 40 shards now, its capacity is 30: move some away (`ldc move`)',
  );
});

// Found by `ldc sim run --from 5638 --seeds 1`: shards that were frozen for a change of their primary counted for nobody, another operation's
// grant took their room, and when they came back RZ03 had 41 shards of 40.
test('a frozen shard counts for the unit that it may come back to, until it is granted elsewhere', () => {
  const { topology, ...rest } = threeCitiesTable();
  const small = topology.units.map((unit) => ({ ...unit, capacity: unit.capacity === null ? null : 30 }));
  const table: Table = { topology: { ...topology, units: small }, ...rest };
  const away = (to: Move['to']) =>
    move('away', 0, 19, { moves: [{ shards: [[0, 19]], from: TO, to, candidates: [], copies: [] }] });
  const [frozen, held] = done(table, 'WriteFreeze', move('op', 80, 99));
  const [both, leaving] = done(frozen, 'WriteFreeze', away({ unit: 'RZ02', dataCenter: 'hz-b' }));
  const fills = /fills a unit .* RZ01 has 40 shards now, its capacity is 30/;
  assert.match(reasonOf(apply(both, 'WriteGrant', held)), fills, 'the twenty that leave may come back');
  const roomy = { ...both.topology, units: topology.units };
  const [left] = done({ ...both, topology: roomy }, 'WriteGrant', leaving);
  assert.equal(apply({ ...left, topology: both.topology }, 'WriteGrant', held).ok, true, 'they are gone for good');
  const [shifted, staying] = done(frozen, 'WriteFreeze', away({ unit: 'RZ01', dataCenter: 'hz-b' }));
  assert.match(reasonOf(apply(shifted, 'WriteGrant', held)), fills, 'a change of the primary frees no room');
  const full = done(shifted, 'WriteGrant', { ...held, isEmergency: true })[0];
  assert.equal(apply(full, 'WriteGrant', staying).ok, true, 'and takes none, however full the unit is');
});

test('weights name units and cells of the present ruleset', () => {
  const shift = (weights: Operation['weights']) =>
    apply(threeCitiesTable(), 'WriteShift', { ...move('op', 80, 84), moves: [], weights });
  assert.match(reasonOf(shift([{ unit: 'RZ77', weights: {}, expiresAt: null }])), /unit RZ77 is not in/);
  assert.match(reasonOf(shift([{ unit: 'RZ01', weights: { X: 1 }, expiresAt: null }])), /no cell X/);
  const [shifted] = done(threeCitiesTable(), 'WriteShift', { ...move('op', 80, 84), moves: [] });
  assert.equal(shifted.epoch, 2);
  assert.deepEqual(shifted.shards, threeCitiesTable().shards, 'no shard’s epoch grows');
});

test('a loser that returns late follows who owns its shards now, and never itself', () => {
  let table = threeCitiesTable();
  let operation = move('op', 80, 84);
  for (const type of ['WriteFreeze', 'WriteGrant', 'WriteRelease'] as const)
    [table, operation] = done(table, type, operation);
  const effect = {
    type: 'FollowSource',
    place: FROM,
    shards: [[80, 84]],
    epoch: operation.grantEpoch as Epoch,
  } as const;
  assert.deepEqual(followOrders(table, effect), [{ shards: [[80, 84]], owner: TO, epoch: 3, lineage: 3 }]);
  // The same data center's copy under another unit is the owner's own copy: it would set itself aside.
  assert.deepEqual(
    followOrders(table, { ...effect, place: { ...effect.place, unit: 'RZ02', dataCenter: TO.dataCenter } }),
    [],
  );
  let back = move('back', 80, 82, { moves: [{ shards: [[80, 82]], from: TO, to: FROM, candidates: [], copies: [] }] });
  for (const type of ['WriteFreeze', 'WriteGrant', 'WriteRelease'] as const) [table, back] = done(table, type, back);
  assert.deepEqual(followOrders(table, effect), [{ shards: [[83, 84]], owner: TO, epoch: 3, lineage: 3 }]);
  // An operation that was aborted raised the epoch; the copy at the owner is still of the lineage of its promotion.
  const [frozen, held] = done(table, 'WriteFreeze', {
    ...move('vain', 83, 83),
    moves: [{ ...move('', 83, 83).moves[0], from: TO, to: FROM } as Move],
  });
  assert.deepEqual(followOrders(frozen, effect), [{ shards: [[84, 84]], owner: TO, epoch: 3, lineage: 3 }]);
  const [aborted] = done(frozen, 'WriteAbort', held);
  assert.deepEqual(followOrders(aborted, effect), [
    { shards: [[83, 83]], owner: TO, epoch: aborted.epoch, lineage: 3 },
    { shards: [[84, 84]], owner: TO, epoch: 3, lineage: 3 },
  ]);
});

test('a release without the shards that an emergency took over lets go of the others, and is refused while one still names it', () => {
  const [frozen, held] = done(threeCitiesTable(), 'WriteFreeze', move('op', 80, 84));
  const [granted, stuck] = done(frozen, 'WriteGrant', held);
  const [whole] = stuck.moves;
  const rest: Operation = { ...stuck, moves: [{ ...(whole as Move), shards: [[83, 84]] }] };
  assert.match(reasonOf(apply(granted, 'WriteRelease', rest)), /shard 80 still names operation op/);
  const rescue = move('rescue', 80, 82, {
    kind: 'emergency',
    moves: [{ shards: [[80, 82]], from: TO, to: { unit: 'RZ03', dataCenter: 'sh-a' }, candidates: [], copies: [] }],
    options: { ...stuck.options, supersedes: ['op'] },
  });
  const [saved] = done(granted, 'WriteFreeze', rescue, [stuck]);
  const [released] = done(saved, 'WriteRelease', rest);
  assert.deepEqual([at(released, 82).operation, at(released, 83).operation], ['rescue', null]);
});

test('whatever operations do in whatever order, epochs are never used twice, never fall, and other shards stay as they are', () => {
  const types = ['WriteFreeze', 'WriteGrant', 'WriteRelease', 'WriteAbort'] as const;
  const action = fc.record({ id: fc.constantFrom('a', 'b', 'c'), type: fc.constantFrom(...types) });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const operations = new Map([
        ['a', move('a', 80, 83)],
        ['b', move('b', 82, 89)],
        ['c', move('c', 88, 99)],
      ]);
      let table = threeCitiesTable();
      const seen = new Set([1]);
      for (const { id, type } of actions) {
        const applied = apply(table, type, operations.get(id) ?? move(id, 80, 80));
        if (!applied.ok || applied.table === null) continue;
        operations.set(id, applied.operation);
        const [before, after] = [table, makeTable({ ...table, ...applied.table })];
        assert.ok(after.epoch > before.epoch && !seen.has(after.epoch));
        seen.add(after.epoch);
        const [from, to] = applied.operation.moves[0]?.shards[0] ?? [0, 0];
        for (let shard = 0; shard < after.shards.length; shard += 1) {
          if (shard < from || shard > to) assert.deepEqual(at(after, shard), at(before, shard));
          else if (type === 'WriteRelease') assert.equal(at(after, shard).epoch, at(before, shard).epoch);
          else assert.equal(at(after, shard).epoch, after.epoch);
        }
        table = after;
      }
    }),
    { numRuns: 50 },
  );
});
