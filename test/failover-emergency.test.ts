import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OperationView } from '../src/control/api-types.ts';
import { LedgerBooks, type MissingEntry } from './support/ledger-books.ts';
import { LostDataCenter } from './support/lost-data-center.ts';
import { shardOf, ThreeCityFleet, usersOf } from './support/three-city-fleet.ts';

const WRITE_PAUSE_MS = 60;
/** Longer than the test: what sz-a acknowledges from then on nobody else has. */
const DELAY_MS = 600_000;

interface Loss {
  readonly dataCenter: string;
  /** First shard of the units that have cells there and last one; the others have nothing to do with the loss. */
  readonly concerned: readonly [number, number];
  readonly acceptDataLoss: boolean;
}

interface LossReport {
  readonly view: OperationView;
  readonly books: LedgerBooks;
  readonly gone: LostDataCenter;
}

const HZ_B: Loss = { dataCenter: 'hz-b', concerned: [0, 39], acceptDataLoss: false };
const SZ_A: Loss = { dataCenter: 'sz-a', concerned: [80, 99], acceptDataLoss: false };

/** Loses a data center under load, starts the emergency, and waits until every user is served again. */
async function lose(t: TestContext, cities: ThreeCityFleet, loss: Loss, users: readonly string[]): Promise<LossReport> {
  const { dataCenter, concerned, acceptDataLoss } = loss;
  const { operator, fleet } = cities;
  const books = new LedgerBooks(users, () => cities.doors([dataCenter]));
  t.after(() => books.stop());
  books.start(WRITE_PAUSE_MS);
  for (let n = 0; n < 5; n += 1) await books.progress();
  assert.deepEqual(books.failed, []);
  const gone = new LostDataCenter(fleet, dataCenter);
  const id = await operator.begin(
    { kind: 'failover', dataCenter, emergency: true },
    { acceptDataLoss, reason: 'gone' },
  );
  const view = await operator.until(id, 'is released', ({ isReleased }) => isReleased);
  assert.equal(view.outcome, null, 'the loser follows when it is back');
  await books.progress();
  await books.stop();
  t.diagnostic(
    `${dataCenter}: frozen for ${view.frozenMs} ms, ${books.acknowledged} acknowledged, ${books.failed.length} not`,
  );
  const isConcerned = (userId: string): boolean => shardOf(userId) >= concerned[0] && shardOf(userId) <= concerned[1];
  assert.deepEqual(
    books.failed.filter(({ userId }) => !isConcerned(userId)),
    [],
  );
  for (const run of await operator.owners()) assert.ok(run.endsWith(' ACTIVE') && !run.includes(`@${dataCenter}`), run);
  return { view, books, gone };
}

test('with same-city copies the loss of a primary loses nothing; alone in its city it loses only what the operation put on record', async (t) => {
  const cities = await ThreeCityFleet.start('same-city');
  t.after(() => cities.stop());
  const { operator } = cities;
  const first = await lose(t, cities, HZ_B, usersOf('7100'));
  assert.deepEqual(first.view.lost, []);
  for (const door of cities.doors(['hz-b'])) await first.books.balance(door);
  await first.gone.comeBack();
  assert.equal((await operator.ended(first.view.id)).outcome?.kind, 'done');
  assert.equal((await operator.run({ kind: 'failback', dataCenter: 'hz-b' })).outcome?.kind, 'done');
  for (const door of cities.doors()) await first.books.balance(door);

  await cities.delayReplication('sz-a', DELAY_MS);
  // In shards that have no entries yet, so that an entry's rank is its offset.
  const second = await lose(t, cities, { ...SZ_A, acceptDataLoss: true }, usersOf('7200', 3));
  assert.ok(second.view.lost.length > 0);
  const missing = await second.books.balance(cities.fleet.door('hz-a'), (entry) => isOnRecord(second.view, entry));
  t.diagnostic(`${missing} acknowledged entries are lost, all of them on record`);
  assert.ok(missing > 0, 'what nobody else had must be lost, or this shows nothing');
  for (const door of cities.doors(['sz-a'])) await first.books.balance(door);
});

test('with copies in all cities the loss of a data center that is alone in its city loses nothing', async (t) => {
  const cities = await ThreeCityFleet.start('remote');
  t.after(() => cities.stop());
  const { view, books } = await lose(t, cities, SZ_A, usersOf('7300'));
  assert.deepEqual(view.lost, []);
  for (const door of cities.doors(['sz-a'])) await books.balance(door);
});

/** The entry lies in the range: before the loss its user wrote one entry after the other, alone in his shard. */
function isOnRecord(view: OperationView, { userId, rank }: MissingEntry): boolean {
  const range = view.lost.find(({ shards }) =>
    shards.split(',').some((item) => {
      const [from = '', to = from] = item.split('-');
      return shardOf(userId) >= Number(from) && shardOf(userId) <= Number(to);
    }),
  );
  return range !== undefined && rank > range.afterOffset;
}
