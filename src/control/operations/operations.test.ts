import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { OperationBench, ok } from '../../../test/support/operation-bench.ts';

// They wait more than they work, and each has stores and sockets of its own.
describe('operations on the reference realm', { concurrency: 3 }, () => {
  test('a planned failover moves the shards to remote units, and the failback brings them home', async (t) => {
    const bench = await OperationBench.start(t);
    const before = await bench.owners();
    const there = await bench.run({ kind: 'failover', dataCenter: 'sz-a' }, { reason: 'drill' });
    assert.equal(there.outcome?.kind, 'done', JSON.stringify(there));
    assert.deepEqual(
      there.steps.map(({ step }) => step),
      ['check', 'drain', 'catchUp', 'promote', 'follow'],
    );
    assert.ok(there.isReleased && there.frozenMs !== null && there.lost.length === 0);
    assert.ok(!(await bench.owners()).some((run) => run.includes('sz-a') || run.includes('held')));
    const back = await bench.run({ kind: 'failback', dataCenter: 'sz-a' });
    assert.equal(back.outcome?.kind, 'done', JSON.stringify(back));
    assert.deepEqual(await bench.owners(), before);
    assert.ok(await bench.auditIsWhole());
  });

  test('a failover of a data center changes primaries and weights where its city has another copy, and goes back', async (t) => {
    const bench = await OperationBench.start(t);
    const before = await bench.owners();
    const plan = await bench.plan({ kind: 'failover', dataCenter: 'hz-b' });
    assert.equal(plan.kind, 'primary');
    assert.ok(plan.weights.length > 0 && plan.moves.every(({ from, to }) => from.unit === to.unit));
    const there = await bench.run({ kind: 'failover', dataCenter: 'hz-b' });
    assert.equal(there.outcome?.kind, 'done', JSON.stringify(there));
    assert.ok(!(await bench.owners()).some((run) => run.includes('@hz-b')));
    const back = await bench.run({ kind: 'failback', dataCenter: 'hz-b' });
    assert.equal(back.outcome?.kind, 'done', JSON.stringify(back));
    assert.deepEqual(await bench.owners(), before);
  });

  test('an emergency of a dead data center needs W, names what may be lost, and goes on once that is accepted', async (t) => {
    const bench = await OperationBench.start(t);
    bench.cut.add('sz-a');
    bench.guards.silent.add('sz-a');
    // On a busy machine other data centers may seem silent, too, and then a plan offers nothing.
    await eventually('the plan offers an emergency', async () => {
      const { emergencyOffer } = await bench.plan({ kind: 'failover', dataCenter: 'sz-a' });
      return /sz-a .*does not answer/.test(emergencyOffer ?? '');
    });
    const id = await bench.begin({ kind: 'failover', dataCenter: 'sz-a', emergency: true });
    const asking = await bench.until(id, 'asks', ({ step }) => step === 'acknowledge');
    assert.ok(asking.lost.length > 0 && asking.waiting?.for.length === 1);
    ok(await bench.control.post(`/v1/operations/${id}/accept-data-loss`, { reason: 'drill' }));
    const open = await bench.until(id, 'released', ({ isReleased }) => isReleased);
    assert.deepEqual([open.outcome, open.step], [null, 'follow']);
    assert.ok(!(await bench.owners()).some((run) => run.includes('sz-a') || run.includes('held')));
    bench.cut.clear();
    bench.guards.silent.clear();
    const done = await bench.ended(id);
    assert.equal(done.outcome?.kind, 'done', JSON.stringify(done));
    const back = await bench.run({ kind: 'failback', dataCenter: 'sz-a' });
    assert.equal(back.outcome?.kind, 'done', JSON.stringify(back));
  });

  test('an emergency with synchronous copies loses nothing, shows it, and asks nobody', async (t) => {
    const bench = await OperationBench.start(t);
    bench.cut.add('hz-b');
    bench.guards.silent.add('hz-b');
    const plan = await bench.plan({ kind: 'failover', dataCenter: 'hz-b', emergency: true });
    assert.equal(plan.mayLoseData, false);
    const id = await bench.begin({ kind: 'failover', dataCenter: 'hz-b', emergency: true });
    const open = await bench.until(id, 'released', ({ isReleased }) => isReleased);
    assert.deepEqual(open.lost, []);
    bench.cut.clear();
    assert.equal((await bench.ended(id)).outcome?.kind, 'done');
  });

  test('a planned move whose source is silent aborts, or goes on as an emergency if that was asked for', async (t) => {
    const bench = await OperationBench.start(t);
    const before = await bench.owners();
    const [first, second] = [await bench.plan({ kind: 'failover', dataCenter: 'sz-a' }), { emergencyWhenSilent: true }];
    bench.cut.add('sz-a');
    const aborted = await bench.ended(ok(await bench.post(first)).operation.id);
    assert.equal(aborted.outcome?.kind, 'aborted');
    assert.match(aborted.outcome?.reason ?? '', /sz-a/);
    assert.deepEqual(await bench.owners(), before);
    const id = ok(await bench.post(first, { ...second, acceptDataLoss: true })).operation.id;
    const open = await bench.until(id, 'released', ({ isReleased }) => isReleased);
    assert.ok(open.isEmergency);
    bench.cut.clear();
    assert.equal((await bench.ended(id)).outcome?.kind, 'done');
  });

  test('a move that waits is aborted by a person, and its shards stay where they were', async (t) => {
    const slow = await OperationBench.start(t, { operations: { horizonMs: 19_000 } });
    const before = await slow.owners();
    slow.guards.silent.add('sz-a');
    const id = await slow.begin({ kind: 'failover', dataCenter: 'sz-a' });
    const waiting = await slow.until(
      id,
      'waits for guards',
      ({ waiting: now }) => now?.for.join().includes('gateway-sz-a-1') ?? false,
    );
    assert.equal(waiting.step, 'drain');
    ok(await slow.control.post(`/v1/operations/${id}/abort`, { reason: 'not today' }));
    const ended = await slow.ended(id);
    assert.deepEqual([ended.outcome?.kind, ended.outcome?.reason], ['aborted', 'operator-1: not today']);
    assert.deepEqual(await slow.owners(), before);
    const late = await slow.control.post(`/v1/operations/${id}/abort`, {});
    assert.deepEqual([late.status, late.body.error.code], [409, 'OPERATION_PAST']);
  });

  test('disjoint operations run side by side; a second one on the same shards is refused with its name', async (t) => {
    const bench = await OperationBench.start(t);
    const one = await bench.plan({ kind: 'move', shards: '80-84', to: 'RZ01' });
    const two = await bench.plan({ kind: 'move', shards: '85-89', to: 'RZ03' });
    const [a, b] = await Promise.all([bench.post(one), bench.post(two)]);
    const ids = [ok(a).operation.id, ok(b).operation.id];
    const again = await bench.post(one);
    if (again.status === 422) {
      assert.equal(again.body.error.code, 'OPERATION_REFUSED');
      assert.match(again.body.error.detail, new RegExp(ids[0]));
    } else assert.equal(again.body.error.code, 'CONFLICT');
    for (const id of ids) assert.equal((await bench.ended(id)).outcome?.kind, 'done');
    assert.ok(await bench.auditIsWhole());
  });

  test('a shift changes weights in one epoch and freezes nothing; its override ends by itself, in an epoch of its own', async (t) => {
    const bench = await OperationBench.start(t);
    const epochs = async () => {
      const { epoch, shards, overrides } = ok(await bench.api.call('/v1/table'));
      return { epoch, shards: shards.map((run: { epoch: number }) => run.epoch), overrides: overrides.length };
    };
    const before = await epochs();
    const call = { kind: 'shift', unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 }, forMs: 1_500 } as const;
    const done = await bench.run(call, { reason: 'blue/green' });
    assert.deepEqual([done.outcome?.kind, done.freezeEpoch, done.movedShards], ['done', null, 0]);
    assert.deepEqual(await epochs(), { ...before, epoch: before.epoch + 1, overrides: 1 });
    await eventually('the override has ended', async () => (await epochs()).overrides === 0);
    assert.deepEqual(await epochs(), { ...before, epoch: before.epoch + 2 });
    assert.ok(await bench.auditIsWhole());
  });
});
