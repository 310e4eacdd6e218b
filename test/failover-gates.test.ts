import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OperationView } from '../src/control/api-types.ts';
import { DRILL_DATA_CENTERS, DrillFleet } from './support/drill-fleet.ts';
import { DRILL_RULES } from './support/drill-rules.ts';
import type { GateCallSeen } from './support/gate-relays.ts';
import { LedgerBooks } from './support/ledger-books.ts';
import { seededRandom } from './support/seeded-random.ts';

/** As in production: nothing here is about the horizon, and a busy machine pauses its processes. */
const HORIZON_MS = 3_000;
/** Above W, below 80 % of the routes' hold. */
const CAP_MS = 5_000;
const FOR_EVER_MS = 600_000;
const SHARDS = ['07', '40', '44', '49', '55', '79', '80', '99'];
const WRITE_PAUSE_MS = 30;

let drill: DrillFleet;
before(async () => {
  drill = await DrillFleet.start({
    rules: DRILL_RULES,
    horizonMs: HORIZON_MS,
    acknowledge: 'same-city',
    operations: { freezeCapMs: CAP_MS, lagMs: FOR_EVER_MS },
  });
});
after(async () => {
  await drill?.stop();
});

test('a planned move whose target lags for ever aborts at its cap: what was held goes to the old owner, and nothing fails', async (t) => {
  const { operator, fleet } = drill;
  const users = SHARDS.map((shard) => `4000${shard}`);
  const books = new LedgerBooks(users, () => drill.doors());
  t.after(() => books.stop());
  books.start(WRITE_PAUSE_MS);
  await drill.delayReplication('s-a', 'n-a', FOR_EVER_MS);
  await books.progress();
  const id = await operator.begin({ kind: 'move', shards: '40-49', to: 'RZ01' });
  await operator.until(id, 'waits for its target', ({ step }) => step === 'catchUp');
  const view = await operator.ended(id);
  assert.equal(view.outcome?.kind, 'aborted');
  assert.match(view.outcome?.reason ?? '', /operations\.freezeCapMs.*caughtUp RZ01@n-a/);
  await books.progress(users.slice(1, 4));
  await books.stop();
  assert.deepEqual(books.failed, []);
  assert.ok((await operator.owners()).includes('40-79 RZ02@s-a ACTIVE'));
  await books.balance(fleet.door('s-a'));
  await drill.delayReplication('s-a', 'n-a', 0);
});

test('failover, failback and failover again keep every entry, while gates are told late, repeated and reordered calls', async (t) => {
  const { operator, relays } = drill;
  const users = SHARDS.map((shard) => `4100${shard}`);
  const books = new LedgerBooks(users, () => drill.doors());
  const told = tellStaleCalls(20_261);
  t.after(async () => {
    await told.stop();
    await books.stop();
  });
  books.start(WRITE_PAUSE_MS);
  let last: OperationView | null = null;
  for (const kind of ['failover', 'failback', 'failover'] as const) {
    last = await operator.run({ kind, dataCenter: 's-a' });
    assert.equal(last.outcome?.kind, 'done', JSON.stringify(last.outcome));
    await books.progress();
  }
  assert.ok(last !== null);
  assert.ok((await operator.owners()).includes('00-79 RZ01@n-a ACTIVE'));
  const { answered, refused } = await told.stop();
  t.diagnostic(`${answered} repeated calls were answered, ${refused} refused`);
  assert.ok(answered > 0 && refused > 0);
  await books.stop();

  // With nothing else going on: all calls of all operations so far, in another order, twice.
  const before = await lineages(last);
  const random = seededRandom(7);
  const calls = [...relays.seen, ...relays.seen].map((call) => ({ call, key: random.next() }));
  for (const { call } of calls.sort((a, b) => a.key - b.key)) await relays.send(call);
  assert.deepEqual(await lineages(last), before);

  books.start(WRITE_PAUSE_MS);
  await books.progress();
  await books.stop();
  for (const door of drill.doors()) await books.balance(door);
});

/** Tells gates earlier calls of their own again, at random, all the time. */
function tellStaleCalls(seed: number): { stop(): Promise<{ answered: number; refused: number }> } {
  const { relays } = drill;
  const random = seededRandom(seed);
  const counts = { answered: 0, refused: 0 };
  let isStopped = false;
  const run = (async () => {
    while (!isStopped) {
      const call = relays.seen[random.next() % Math.max(1, relays.seen.length)];
      // One that waits for a position would only keep this from telling others.
      if (call !== undefined && call.call !== 'caughtUp') {
        const { status } = await relays.send(call);
        if (status === 200) counts.answered += 1;
        else counts.refused += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await run;
      return counts;
    },
  };
}

/** Role and lineage of the moved shards in every data center, as the gates say. */
async function lineages({ grantEpoch, incarnation }: OperationView): Promise<unknown[]> {
  const { relays } = drill;
  const { authorization } = relays.seen[0] as GateCallSeen;
  const text = JSON.stringify({ incarnation, epoch: grantEpoch, shards: ['40-79'] });
  const answers = await Promise.all(
    DRILL_DATA_CENTERS.map((dataCenter) => relays.send({ dataCenter, call: 'position', text, authorization })),
  );
  for (const { status, text: body } of answers) assert.equal(status, 200, body);
  const places = answers.map(({ text: body }) => (JSON.parse(body) as { shards: Record<string, unknown>[] }).shards);
  return places.map((shards) => shards.map(({ shard, role, lineage }) => [shard, role, lineage]));
}
