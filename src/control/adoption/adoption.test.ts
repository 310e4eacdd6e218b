import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKENS } from '../../../test/support/control-bench.ts';
import { DyingStore } from '../../../test/support/dying-store.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { OperationBench, ok } from '../../../test/support/operation-bench.ts';
import type { StoreEntry } from '../../store/coord-store.ts';
import type { AdoptionAnswer, AdoptionView } from '../api-types.ts';

/** Turns the store back to what it held: what an operator's backup and its restoring do. */
async function restore(bench: OperationBench, backup: readonly StoreEntry[]): Promise<void> {
  const { store } = bench.control;
  const { entries } = await store.snapshot('');
  const gone = entries.filter(({ key }) => !backup.some((kept) => kept.key === key));
  for (const write of [...gone.map(({ key }) => ({ key, value: null })), ...backup]) {
    await store.transact([], [{ key: write.key, value: write.value }]);
  }
}

async function look(bench: OperationBench): Promise<AdoptionAnswer> {
  return ok(await bench.api.call('/v1/store/adoption'));
}

function adopt(bench: OperationBench, seen: AdoptionAnswer, more: object = {}) {
  return bench.api.post('/v1/store/adoption', { id: 'adoption-1', store: seen.store, ...more }, TOKENS.admin);
}

async function until(bench: OperationBench, step: AdoptionView['step']): Promise<AdoptionView> {
  let last: AdoptionView | null = null;
  return eventually(
    () => `the adoption is at ${step}: ${JSON.stringify(last)}`,
    async () => {
      last = (await look(bench)).adoption;
      return last?.step === step ? last : null;
    },
  );
}

test('a restored store changes nothing until it is adopted; then owners are those that the gates show', async (t) => {
  const bench = await OperationBench.start(t);
  const backup = (await bench.control.store.snapshot('')).entries;
  await bench.run({ kind: 'failover', dataCenter: 'sz-a' });
  const moved = await bench.owners();
  const { epoch } = ok(await bench.api.call('/v1/table'));
  await restore(bench, backup);

  const seen = await look(bench);
  assert.equal(seen.store.epoch, 1);
  assert.ok(seen.highest.epoch > 1 && seen.evidence.length > 0, JSON.stringify(seen.evidence));
  const refused = await bench.api.call('/v1/freeze-all', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    token: TOKENS.operator,
    body: JSON.stringify({ on: true, reason: '' }),
  });
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'STORE_WENT_BACK']);
  const status = ok(await bench.api.call('/v1/status'));
  assert.match(status.findings[0].text, /the store went back to epoch 1: epoch \d+: .*gate of sz-a.*`ldc store adopt`/);

  const started = ok(await adopt(bench, seen, { reason: 'drill' }));
  assert.equal(started.outcome, 'started');
  assert.ok(started.adoption.freezeEpoch > epoch);
  const done = await until(bench, 'ended');
  assert.deepEqual(done.frozen, []);
  assert.deepEqual(await bench.owners(), moved);
  assert.equal(ok(await adopt(bench, seen)).outcome, 'again', 'the same call again is not done twice');
  assert.ok(await bench.auditIsWhole());
  const { records } = ok(await bench.api.call('/v1/audit'));
  assert.match(JSON.stringify(records), /adoption of the restored store/);
  const back = await bench.run({ kind: 'failback', dataCenter: 'sz-a' });
  assert.equal(back.outcome?.kind, 'done', JSON.stringify(back));
});

const LEADER_WRITES = ['the end of W', 'the grant', 'the release', 'the end'];

for (const [index, what] of LEADER_WRITES.entries()) {
  test(`an adoption goes on when its leader is lost with the answer to ${what}`, async (t) => {
    let leader: DyingStore | null = null;
    const bench = await OperationBench.start(t, {
      wrap: (store) => {
        leader = new DyingStore(store, Number.POSITIVE_INFINITY, 'control/adoption');
        return leader;
      },
    });
    const backup = (await bench.control.store.snapshot('')).entries.filter(({ key }) => !key.startsWith('control/'));
    await bench.run({ kind: 'failover', dataCenter: 'hz-b' });
    const moved = await bench.owners();
    const { leadership } = bench.control.node.operations;
    await eventually('the first node leads', () => leadership.term !== null);
    await restore(bench, [...backup, ...(await bench.control.store.snapshot('control/leader')).entries]);
    bench.api = await bench.another('control-2');
    (leader as DyingStore | null)?.dieAfter(index + 1);
    ok(await adopt(bench, await look(bench)));
    await until(bench, 'ended');
    assert.ok((leader as DyingStore | null)?.isDead);
    assert.deepEqual(await bench.owners(), moved);
    assert.ok(await bench.auditIsWhole());
  });
}

test('a silent gate is waited for until it is given up with the loss accepted; later its copies follow', async (t) => {
  const bench = await OperationBench.start(t);
  const backup = (await bench.control.store.snapshot('')).entries;
  await bench.run({ kind: 'failover', dataCenter: 'sz-a' });
  const moved = await bench.owners();
  await restore(bench, backup);
  bench.cut.add('hz-b');
  const seen = await look(bench);
  assert.ok(seen.shards.some(({ owner, reason }) => owner === null && /hz-b/.test(reason)));
  ok(await adopt(bench, seen));
  const waiting = await eventually('it waits for the gate', async () => {
    const { adoption } = await look(bench);
    return adoption?.step === 'fence' && (adoption.waiting?.for.length ?? 0) > 0 ? adoption : null;
  });
  assert.match(waiting.waiting?.for.join() ?? '', /gate of hz-b/);
  const unaccepted = await adopt(bench, seen, { id: 'adoption-2', giveUp: ['hz-b'] });
  assert.deepEqual([unaccepted.status, unaccepted.body.error.code], [422, 'ADOPTION_REFUSED']);
  const joined = ok(await adopt(bench, seen, { id: 'adoption-2', giveUp: ['hz-b'], acceptDataLoss: true }));
  assert.deepEqual([joined.outcome, joined.adoption.id], ['joined', 'adoption-1']);
  const served = await until(bench, 'follow');
  assert.deepEqual(served.frozen, []);
  assert.ok(!(await bench.owners()).some((run) => run.includes('@hz-b')), 'the most advanced copies took its place');
  bench.cut.clear();
  await until(bench, 'ended');
  const back = await bench.run({ kind: 'failback', city: 'hangzhou' });
  assert.equal(back.outcome?.kind, 'done', JSON.stringify(back));
  assert.deepEqual(await bench.owners(), moved);
});

test('with nothing that shows it, an adoption is refused; for a viewer and an operator, always', async (t) => {
  const bench = await OperationBench.start(t);
  const seen = await look(bench);
  assert.deepEqual([seen.evidence, seen.adoption], [[], null]);
  const refused = await adopt(bench, seen);
  assert.deepEqual([refused.status, refused.body.error.code], [422, 'ADOPTION_REFUSED']);
  const body = { id: 'adoption-1', store: seen.store };
  assert.equal((await bench.api.post('/v1/store/adoption', body, TOKENS.operator)).status, 403);
  const owners = await bench.owners();
  ok(await adopt(bench, seen, { force: true }));
  await until(bench, 'ended');
  assert.deepEqual(await bench.owners(), owners);
});
