import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { Epoch, ShardId } from '../../core/ids.ts';
import { FROM, plainMove, TO } from '../../core/operation/plain-move.fixture.ts';
import type { Table } from '../../core/table.ts';
import type { GateClient } from '../../gate/gate-client.ts';
import { callGate } from './gate-effects.ts';

type FollowCall = Parameters<GateClient['follow']>[0];

const GRANTED = 3 as Epoch;
const OPERATION = plainMove('op', 80, 84);

/** Makes the source follow, by a table and a gate that refuses calls of some epochs; what it was told, and what came of it. */
async function makeFollow(table: Table, stale: readonly number[] = []) {
  const told: Pick<FollowCall, 'epoch' | 'shards'>[] = [];
  const gate = {
    follow: async ({ epoch, shards }: FollowCall) => {
      told.push({ epoch, shards });
      return stale.includes(epoch)
        ? { kind: 'refused', code: 'GATE_STALE', highest: [], detail: `higher than ${epoch}` }
        : { kind: 'answered', answer: { shards: [] } };
    },
  };
  const gates = { gateOf: () => gate as never, acknowledges: () => 'local' as const };
  const effect = { type: 'FollowSource', place: FROM, shards: [[80, 84]], epoch: GRANTED } as const;
  const event = await callGate(gates, { ...OPERATION, step: 'follow', grantEpoch: GRANTED }, effect, table);
  return { told, event };
}

/** The table in which shards 80 to 84 are with the target, each at its own epoch. */
function granted(epochs: readonly number[]): Table {
  const table = threeCitiesTable();
  const { unitIndex, dataCenterIndex } = table.topology;
  const owner = unitIndex.get(TO.unit) as number;
  const primary = dataCenterIndex.get(TO.dataCenter) as number;
  const shards = table.shards.copy();
  for (const [at, epoch] of (epochs as Epoch[]).entries()) {
    const record = shards.at((80 + at) as ShardId);
    shards.fill(80 + at, 80 + at, { ...record, owner, primary, epoch, since: epoch });
  }
  return { ...table, shards };
}

test('a copy is told whom to follow by the table of the grant or a later one, never by an older one', async () => {
  const now = await makeFollow(granted([3, 3, 3, 3, 3]));
  assert.deepEqual(now.told, [{ epoch: 3, shards: ['80-84'] }]);
  assert.deepEqual(now.event, { type: 'SourceFollowed', place: FROM, epoch: GRANTED });
  // A store that shows a backup for a while: a shard that is not granted there would be left out, and nobody would tell its copy again.
  const { told, event } = await makeFollow(granted([3, 3, 3, 3, 2]));
  assert.deepEqual(told, []);
  assert.equal(event.type === 'GateFailed' && event.problem, 'behind');
  assert.match(JSON.stringify(event), /shows shard 84 as it was before the grant at epoch 3/);
});

test('a gate that was told by a later operation of some shards is still told of the others, and asked again', async () => {
  const { told, event } = await makeFollow(granted([3, 3, 4, 5, 5]), [3]);
  assert.deepEqual(told, [
    { epoch: 3, shards: ['80-81'] },
    { epoch: 4, shards: ['82'] },
    { epoch: 5, shards: ['83-84'] },
  ]);
  assert.equal(event.type === 'GateFailed' && event.problem, 'behind');
});
