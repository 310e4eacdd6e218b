import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DRILL_DATA_CENTERS, DrillFleet } from './support/drill-fleet.ts';
import { DRILL_RULES } from './support/drill-rules.ts';
import { LedgerBooks } from './support/ledger-books.ts';
import { SteadyLoad } from './support/steady-load.ts';
import { usersOf } from './support/three-city-fleet.ts';

const WRITE_PAUSE_MS = 150;
const READS_PER_SECOND = 60;

let drill: DrillFleet;
before(async () => {
  drill = await DrillFleet.start({ rules: DRILL_RULES, horizonMs: 3_000, acknowledge: 'same-city', workers: 2 });
});
after(async () => {
  await drill?.stop();
});

test('planned moves of a shard and of a primary fail no request and lose no entry with two workers at each gateway', async (t) => {
  const { fleet, operator } = drill;
  const books = new LedgerBooks(usersOf('7000'), () => drill.doors());
  const reads = new SteadyLoad((n) => {
    const door = fleet.door(DRILL_DATA_CENTERS[n % DRILL_DATA_CENTERS.length] ?? '');
    return { url: `${door}/ledger/balance`, headers: { 'x-user-id': `60${String(n % 9_973).padStart(6, '0')}` } };
  }, READS_PER_SECOND);
  t.after(async () => {
    await Promise.all([books.stop(), reads.stop()]);
  });
  books.start(WRITE_PAUSE_MS);
  await books.progress();
  for (const call of [
    { kind: 'move', shards: '00-19', to: 'RZ02' },
    { kind: 'move', shards: '00-19', to: 'RZ01' },
    { kind: 'failover', dataCenter: 'n-b' },
  ] as const) {
    const view = await operator.run(call, { reason: 'drill' });
    t.diagnostic(`${JSON.stringify(call)}: ${view.movedShards} shards, frozen for ${view.frozenMs} ms`);
    assert.equal(view.outcome?.kind, 'done', JSON.stringify(view.outcome));
    await books.progress();
    assert.deepEqual(books.failed.slice(0, 3), [], JSON.stringify(call));
    assert.deepEqual(reads.failures.slice(0, 3), [], JSON.stringify(call));
  }
  await books.stop();
  await books.balance(fleet.door('n-a'));
});
