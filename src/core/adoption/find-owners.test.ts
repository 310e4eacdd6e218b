import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { Epoch, Incarnation, ShardId } from '../ids.ts';
import { eachShard } from '../operation/runs.ts';
import { FREEZING } from '../shard-columns.ts';
import type { Table } from '../table.ts';
import type { Adoption } from './adoption.ts';
import { frozenShards, grantedShards, releasedShards } from './apply-adoption.ts';
import { copyPlaces } from './copy-places.ts';
import { type FoundOwners, findOwners, type ShownCopy } from './find-owners.ts';
import { EPOCH_GAP, firstEpoch, successionOf } from './first-epoch.ts';

const TABLE = threeCitiesTable();
const PLACES = copyPlaces(TABLE);
const SURE = { acceptsLoss: false, gateless: new Set<string>() };

/** What all gates show of shard 0; every other shard is writable where the backup says. */
function shown(ofShard0: Readonly<Record<string, ShownCopy>>): Map<string, Map<number, ShownCopy>> {
  const { shards, topology } = TABLE;
  return new Map(
    PLACES.map(({ dataCenter, shards: runs }) => {
      const copies = new Map<number, ShownCopy>();
      for (const shard of eachShard(runs)) {
        const isHere = topology.dataCenters[shards.primary[shard] as number]?.id === dataCenter;
        copies.set(shard, { role: isHere ? 'writable' : 'copy', lineage: 0, offset: 5 });
      }
      const own = ofShard0[dataCenter];
      if (copies.has(0) && own !== undefined) copies.set(0, own);
      return [dataCenter, copies];
    }),
  );
}

function ownerOf0({ owners, frozen }: FoundOwners): string {
  for (const { shards, place, by } of owners) {
    if ([...eachShard(shards)].includes(0)) return `${place.unit}@${place.dataCenter} ${by}`;
  }
  return frozen.find(({ shards }) => [...eachShard(shards)].includes(0))?.reason ?? 'nowhere';
}

const writable = (lineage: number): ShownCopy => ({ role: 'writable', lineage, offset: 9 });
const copy = (lineage: number, offset = 9): ShownCopy => ({ role: 'copy', lineage, offset });

describe('who owns a shard by what the gates show', () => {
  test('nothing was moved: as the backup says', () => {
    const found = findOwners(TABLE, shown({}), SURE);
    assert.equal(ownerOf0(found), 'RZ01@hz-a promoted');
    assert.deepEqual(found.frozen, []);
  });

  test('the writable copy of the highest lineage, whatever the backup says', () => {
    const moved = shown({ 'hz-a': { role: 'stale', lineage: 0, offset: 9 }, 'hz-b': copy(7), 'sh-a': writable(7) });
    assert.equal(ownerOf0(findOwners(TABLE, moved, SURE)), 'RZ03@sh-a promoted');
  });

  test('a writable copy below the lineage that others follow is a forgotten loser: frozen, or by acceptance the best copy', () => {
    const lost = shown({ 'hz-a': writable(3), 'hz-b': copy(7, 8), 'sh-a': copy(7, 9) });
    assert.match(ownerOf0(findOwners(TABLE, lost, SURE)), /no gate shows the writable copy of lineage 7/);
    assert.equal(ownerOf0(findOwners(TABLE, lost, { ...SURE, acceptsLoss: true })), 'RZ03@sh-a most advanced');
  });

  test('two writable copies of one lineage are a contradiction, accepted or not', () => {
    const both = shown({ 'hz-a': writable(7), 'sh-a': writable(7) });
    for (const acceptsLoss of [false, true])
      assert.match(
        ownerOf0(findOwners(TABLE, both, { ...SURE, acceptsLoss })),
        /both show a writable copy of lineage 7/,
      );
  });

  test('only stale copies of the last promotion: nobody', () => {
    const stale = shown({ 'hz-a': { role: 'stale', lineage: 7, offset: 9 } });
    assert.match(ownerOf0(findOwners(TABLE, stale, { ...SURE, acceptsLoss: true })), /\(hz-a\) are stale/);
  });

  test('a gate that did not answer may hold the later promotion: frozen unless that is accepted', () => {
    const silent = shown({});
    silent.delete('sh-a');
    assert.match(ownerOf0(findOwners(TABLE, silent, SURE)), /no answer of the gate of sh-a/);
    assert.equal(ownerOf0(findOwners(TABLE, silent, { ...SURE, acceptsLoss: true })), 'RZ01@hz-a promoted');
  });

  test('the backup counts only where no data center has a gate', () => {
    const accepted = { ...SURE, acceptsLoss: true };
    assert.match(ownerOf0(findOwners(TABLE, new Map(), accepted)), /no gate of .* answered/);
    const gateless = new Set(PLACES.map(({ dataCenter }) => dataCenter));
    assert.equal(ownerOf0(findOwners(TABLE, new Map(), { ...accepted, gateless })), 'RZ01@hz-a backup');
  });

  test('every shard is either owned once or frozen, and none is owned below a lineage that is shown', () => {
    const anyCopy = fc.record({
      role: fc.constantFrom('writable', 'copy', 'stale'),
      lineage: fc.integer({ min: 0, max: 4 }),
      offset: fc.integer({ min: 0, max: 9 }),
    }) as fc.Arbitrary<ShownCopy>;
    const names = PLACES.map(({ dataCenter }) => dataCenter);
    const anyCopies = fc.dictionary(fc.constantFrom(...names), anyCopy);
    fc.assert(
      fc.property(anyCopies, fc.boolean(), (copies, acceptsLoss) => {
        const seen = shown(copies);
        const { owners, frozen } = findOwners(TABLE, seen, { ...SURE, acceptsLoss });
        const all = [...owners, ...frozen].flatMap(({ shards }) => [...eachShard(shards)]);
        assert.equal(new Set(all).size, all.length);
        assert.equal(all.length, new Set(PLACES.flatMap(({ shards }) => [...eachShard(shards)])).size);
        const owner = owners.find(({ shards }) => [...eachShard(shards)].includes(0));
        if (owner === undefined) return;
        const lineages = [...seen.values()].map((own) => own.get(0)?.lineage ?? 0);
        const chosen = seen.get(owner.place.dataCenter)?.get(0);
        assert.equal(chosen?.lineage, Math.max(...lineages));
        assert.equal(chosen?.role, owner.by === 'promoted' ? 'writable' : 'copy');
      }),
      { numRuns: 200 },
    );
  });
});

const ADOPTION = { id: 'adoption-1', freezeEpoch: 1001 as Epoch, grantEpoch: 1002 as Epoch } as Adoption;

test('the adoption’s tables: all frozen, then the found owners granted and held, then released', () => {
  const at = (shards: Table['shards'], epoch: number): Table => ({ ...TABLE, epoch: epoch as Epoch, shards });
  const frozen = at(frozenShards(TABLE, ADOPTION), 1001);
  const owned = [...new Set(PLACES.flatMap(({ shards }) => [...eachShard(shards)]))];
  assert.ok(owned.every((shard) => frozen.shards.state[shard] === FREEZING && frozen.shards.epoch[shard] === 1001));
  const adoption = { ...ADOPTION, ...findOwners(frozen, shown({}), SURE) };
  const shards = grantedShards(frozen, adoption, 1002 as Epoch);
  assert.ok(shards !== null);
  assert.equal(shards.at(0 as ShardId).operation, 'adoption-1');
  const released = releasedShards(at(shards, 1002), adoption).at(0 as ShardId);
  assert.deepEqual([released.operation, released.epoch, released.since], [null, 1002, 1002]);
  assert.equal(grantedShards(TABLE, adoption, 2 as Epoch), null, 'what is not frozen by it is not granted');
});

test('the first epoch is above every one that was seen, of any incarnation, with room for those that nobody shows', () => {
  const name = (text: string): Incarnation => text as Incarnation;
  const seen = [
    { incarnation: name('a'), epoch: 7 as Epoch, by: 'x' },
    { incarnation: name('b'), epoch: 9 as Epoch, by: 'y' },
    { incarnation: name(''), epoch: 3 as Epoch, by: 'z' },
  ];
  assert.equal(firstEpoch(seen), 9 + EPOCH_GAP);
  assert.deepEqual(successionOf({ incarnation: name('a'), succeeds: [name('0')] }, seen), ['0', 'a', 'b']);
});
