import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyShard, anyTable } from '../../test/support/small-world.ts';
import { type AdmissionClaim, admit } from './admit.ts';
import { decideCopy, decideShard } from './decide.ts';
import type { Epoch, ShardId, UnitId } from './ids.ts';

const DATA_CENTERS = [0, 1, 2];
const anyHash = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('what an edge forwards, the guard of that data center admits if it has the same table', () => {
  fc.assert(
    fc.property(
      anyTable,
      anyShard,
      anyHash,
      fc.boolean(),
      fc.constantFrom(...DATA_CENTERS),
      (table, shard, hash, safe, at) => {
        const place = { dataCenter: at, isAvailable: () => true };
        for (const decision of [decideShard(table, place, shard, hash, safe), decideCopy(table, place, hash, safe)]) {
          if (decision.kind !== 'forward') continue;
          const claim = {
            shard: decision.shard,
            epoch: decision.epoch,
            unit: decision.unit.id,
            cell: decision.cell.id,
            safe,
          };
          assert.deepEqual(admit(table, decision.dataCenter.index, claim), { kind: 'admitted' });
        }
      },
    ),
    { numRuns: 1000 },
  );
});

/** Every claim that names units and cells of the table, right or wrong, and some that name none. */
function* claims(shard: ShardId, epoch: number): Generator<AdmissionClaim> {
  for (const unit of ['R1', 'R2', 'G1', 'G2', 'nobody']) {
    for (const cell of ['R1-e1', 'R1-e2', 'R2-w1', 'G1-e1', 'G1-e2', 'G2-w1', 'nobody']) {
      for (const step of [-1, 0, 1]) {
        for (const safe of [true, false]) yield { shard, epoch: (epoch + step) as Epoch, unit, cell, safe };
      }
    }
  }
}

test('of all claims about a shard, at all guards, those are admitted that name its epoch and a cell of its owner there', () => {
  fc.assert(
    fc.property(anyTable, anyShard, (table, shard) => {
      const { epoch, state, owner, previous, operation } = table.shards.at(shard);
      const answers = table.topology.units[state === 'ACTIVE' ? owner : previous];
      for (const claim of claims(shard, epoch)) {
        for (const dataCenter of DATA_CENTERS) {
          const admission = admit(table, dataCenter, claim);
          const isThere =
            answers?.cells.some((cell) => cell.id === claim.cell && cell.dataCenter === dataCenter) ?? false;
          const isRight = claim.unit === answers?.id && isThere && claim.epoch === epoch;
          assert.equal(
            admission.kind === 'admitted',
            isRight && (claim.safe || (state === 'ACTIVE' && operation === null)),
            JSON.stringify(claim),
          );
          // `behind` may end in an admission after a read: never for a cell that is not here.
          const isUnreleased = claim.epoch === epoch && isRight && operation !== null && !claim.safe;
          if (admission.kind === 'behind') assert.ok(claim.epoch > epoch || isUnreleased);
          if (admission.kind === 'refused') assert.equal(admission.epoch, epoch);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('under one table, no write of a shard is admitted at two units', () => {
  fc.assert(
    fc.property(anyTable, anyShard, (table, shard) => {
      const { epoch } = table.shards.at(shard);
      const admitting = new Set<string>();
      for (const claim of claims(shard, epoch)) {
        if (claim.safe) continue;
        for (const dataCenter of DATA_CENTERS)
          if (admit(table, dataCenter, claim).kind === 'admitted') admitting.add(claim.unit);
      }
      assert.ok(admitting.size <= 1);
    }),
    { numRuns: 60 },
  );
});

test('a refusal says why, and what this guard knows', () => {
  const table = fc.sample(anyTable, { numRuns: 1, seed: 1 })[0];
  assert.ok(table);
  const shards = table.shards.copy();
  const active = {
    epoch: 5 as Epoch,
    since: 5 as Epoch,
    state: 'ACTIVE',
    owner: 0,
    primary: 0,
    previous: 0xffff,
    operation: null,
  } as const;
  shards.fill(3, 3, active);
  shards.fill(4, 4, { ...active, state: 'FREEZING', owner: 0xffff, primary: 0xffff, previous: 0 });
  const guard = { ...table, shards };
  const claim = { shard: 3 as ShardId, epoch: 5 as Epoch, unit: 'R1', cell: 'R1-e1', safe: false };
  const frozen = { ...claim, shard: 4 as ShardId };
  const owner = 'R1' as UnitId;
  assert.deepEqual(admit(guard, 0, { ...claim, epoch: 4 as Epoch }), {
    kind: 'refused',
    code: 'STALE_EPOCH',
    epoch: 5,
    owner,
  });
  assert.deepEqual(admit(guard, 0, { ...claim, epoch: 6 as Epoch }), { kind: 'behind', epoch: 5 });
  assert.deepEqual(admit(guard, 1, claim), { kind: 'refused', code: 'NOT_OWNER', epoch: 5, owner });
  assert.deepEqual(admit(guard, 2, { ...claim, unit: 'R2', cell: 'R2-w1' }), {
    kind: 'refused',
    code: 'NOT_OWNER',
    epoch: 5,
    owner,
  });
  assert.deepEqual(admit(guard, 0, frozen), { kind: 'refused', code: 'SHARD_MOVING', epoch: 5, owner: null });
  assert.deepEqual(admit(guard, 0, { ...frozen, safe: true }), { kind: 'admitted' });
  for (const shard of [-1, 11, Number.NaN]) {
    const admission = admit(guard, 0, { ...claim, shard: shard as ShardId });
    assert.deepEqual(admission, { kind: 'refused', code: 'NOT_OWNER', epoch: 0, owner: null });
  }
});

test('a copy takes reads only, whatever shard and epoch are claimed', () => {
  fc.assert(
    fc.property(anyTable, fc.integer(), fc.nat(), fc.boolean(), (table, shard, epoch, safe) => {
      const claim = { shard: shard as ShardId, epoch: epoch as Epoch, unit: 'CE', cell: 'CE-e1', safe };
      assert.equal(admit(table, 0, claim).kind, safe ? 'admitted' : 'refused');
      assert.equal(admit(table, 1, claim).kind, 'refused');
    }),
  );
});
