import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PlanCall } from '../src/control/api-types.ts';
import { LedgerBooks } from './support/ledger-books.ts';
import { SteadyLoad } from './support/steady-load.ts';
import { FIVE, ThreeCityFleet, usersOf } from './support/three-city-fleet.ts';

const WRITE_PAUSE_MS = 150;
const READS_PER_SECOND = 100;
const HOME = [
  '00-19 RZ01@hz-a',
  '20-39 RZ02@hz-b',
  '40-59 RZ03@sh-a',
  '60-79 RZ04@sh-b',
  '80-99 RZ05@sz-a',
  'G GZ00@hz-a',
];
const PLACES = [{ dataCenter: 'sz-a' }, { dataCenter: 'hz-b' }, { city: 'hangzhou' }] as const;

let cities: ThreeCityFleet;
before(async () => {
  cities = await ThreeCityFleet.start();
});
after(async () => {
  await cities?.stop();
});

test('planned failovers of a data center, of a primary and of a city, and their failbacks, fail no request and lose no entry', async (t) => {
  const { operator } = cities;
  assert.deepEqual(await owners(), HOME);
  const books = new LedgerBooks(usersOf('7000'), () => cities.doors());
  const reads = new SteadyLoad((n) => cities.nextRead(n), READS_PER_SECOND);
  t.after(async () => {
    await Promise.all([books.stop(), reads.stop()]);
  });
  books.start(WRITE_PAUSE_MS);
  await books.progress();
  for (const place of PLACES) {
    for (const kind of ['failover', 'failback'] as const) {
      const call: PlanCall = { kind, ...place };
      const view = await operator.run(call, { reason: 'drill' });
      t.diagnostic(`${kind} ${Object.values(place)}: ${view.movedShards} shards, frozen for ${view.frozenMs} ms`);
      assert.equal(view.outcome?.kind, 'done', JSON.stringify(view.outcome));
      await books.progress();
      assert.deepEqual(books.failed.slice(0, 3), [], `${kind} ${JSON.stringify(place)}`);
      assert.deepEqual(reads.failures.slice(0, 3), [], `${kind} ${JSON.stringify(place)}`);
      if (kind === 'failover')
        assert.ok(
          (await owners()).every((run) => !isAt(run, place)),
          (await owners()).join(),
        );
    }
  }
  assert.deepEqual(await owners(), HOME);
  await books.stop();
  for (const name of FIVE) await books.balance(cities.fleet.door(name));
  const audit = await operator.verifyAudit();
  assert.ok(audit.whole, audit.problem ?? '');
});

async function owners(): Promise<string[]> {
  const runs = await cities.operator.owners();
  for (const run of runs) assert.match(run, / ACTIVE$/);
  return runs.map((run) => run.replace(/ ACTIVE$/, ''));
}

function isAt(run: string, place: (typeof PLACES)[number]): boolean {
  return 'city' in place ? run.includes('@hz-') : run.includes(`@${place.dataCenter}`);
}
