import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, THREE_CITIES, TOKENS } from '../../../test/support/control-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { OperationBench, ok } from '../../../test/support/operation-bench.ts';

const SHENZHEN = { kind: 'failover', dataCenter: 'sz-a' } as const;

// They wait more than they work, and each has stores and sockets of its own.
describe('what is refused, and in which words', { concurrency: 3 }, () => {
  test('wrong plans are refused with what to do', async (t) => {
    const bench = await OperationBench.start(t);
    const refused = async (call: object, status: number, code: string, words: RegExp): Promise<void> => {
      const { status: seen, body } = await bench.api.post('/v1/plans', call, TOKENS.viewer);
      assert.deepEqual([seen, body.error?.code], [status, code], JSON.stringify(body));
      assert.match(body.error.detail, words);
    };
    const none = 'PLAN_IMPOSSIBLE';
    await refused({ kind: 'failover', dataCenter: 'xx-z' }, 422, none, /no data center "xx-z".*take one of .*sz-a/);
    await refused({ kind: 'failover', city: 'atlantis' }, 422, none, /no city "atlantis".*cities are .*hangzhou/);
    await refused({ kind: 'move', shards: '00-09', to: 'RZ01' }, 422, none, /RZ01/);
    await refused({ kind: 'move', shards: '00-09', to: 'RZ99' }, 422, none, /RZ99.*RZ01/);
    await refused(
      { kind: 'move', shards: '00-x', to: 'RZ03' },
      400,
      'CALL_INVALID',
      /"00-x" names no shards; shards are 00 to 99/,
    );
    await refused({ kind: 'move', shards: '00' }, 400, 'CALL_INVALID', /needs shards, to: to is missing/);
    await refused({ kind: 'failback', dataCenter: 'sz-a' }, 422, none, /home/);
    await refused({ kind: 'failover', dataCenter: 'sz-a', city: 'shenzhen' }, 400, 'CALL_INVALID', /one of them/);
    await refused({ ...SHENZHEN, overrides: ['no-such'] }, 400, 'CALL_INVALID', /no rule no-such; rules are/);
  });

  test('no capacity: the refusal names the unit, its capacity, and what would satisfy it', async (t) => {
    const bench = await OperationBench.start(t, { safety: { headRoomPercent: 50 } });
    const plan = await bench.plan({ kind: 'move', shards: '40-59', to: 'RZ05' });
    assert.equal(plan.allowed, false);
    const { status, body } = await bench.post(plan);
    assert.deepEqual([status, body.error.code], [422, 'OPERATION_REFUSED']);
    assert.match(
      body.error.detail,
      /capacity-head-room: RZ05 would have 40 of 60 shards \(50 % .*raise the capacity.*or override the rule capacity-head-room/,
    );
    ok(await bench.control.apply(THREE_CITIES.replace('capacity: 60', 'capacity: 20'), 1));
    const none = await bench.api.post('/v1/plans', { kind: 'move', shards: '40-59', to: 'RZ05' }, TOKENS.viewer);
    assert.deepEqual([none.status, none.body.error.code], [422, 'PLAN_IMPOSSIBLE']);
    assert.match(none.body.error.detail, /RZ05 has a capacity of 20 shards .*move fewer shards, or raise/);
  });

  test('operations on record count among the shards on the move, whether they have frozen them yet or not', async (t) => {
    const bench = await OperationBench.start(t, { safety: { movingShards: 25 } });
    for (const name of ['hz-a', 'hz-b', 'sh-a', 'sh-b', 'sz-a']) bench.cut.add(`${name} position`);
    const first = ok(await bench.post(await bench.plan({ kind: 'move', shards: '80-94', to: 'RZ01' }))).operation;
    const { status, body } = await bench.post(await bench.plan({ kind: 'move', shards: '40-54', to: 'RZ05' }));
    assert.deepEqual([status, body.error?.code], [422, 'OPERATION_REFUSED'], JSON.stringify(body));
    assert.match(body.error.detail, /moving-shards: 30 shards.* \(at most 25/);
    bench.cut.clear();
    assert.equal((await bench.ended(first.id)).outcome?.kind, 'done');
  });

  test('a target that is down takes nothing: the plan goes elsewhere, and one that cannot is refused', async (t) => {
    const bench = await OperationBench.start(t);
    const usual = await bench.plan(SHENZHEN);
    for (const { to } of usual.moves) bench.cut.add(to.dataCenter);
    const around = await bench.plan(SHENZHEN);
    assert.ok(
      around.moves.every(({ to }) => !bench.cut.has(to.dataCenter)),
      JSON.stringify(around.moves),
    );
    for (const name of ['hz-a', 'hz-b', 'sh-a', 'sh-b']) bench.cut.add(name);
    const nowhere = await bench.plan(SHENZHEN);
    const { status, body } = await bench.post(nowhere);
    assert.deepEqual([status, body.error.code], [422, 'OPERATION_REFUSED']);
    assert.match(body.error.detail, /every-shard-placed: .*bring a remote target back/);
    // Down between plan and start: the same question has another answer now.
    const changed = await bench.post(usual);
    assert.deepEqual([changed.status, changed.body.error.code], [409, 'CONFLICT']);
  });

  test('a viewer may plan and watch, and is refused everything else', async (t) => {
    const bench = await OperationBench.start(t);
    const plan = await bench.plan(SHENZHEN);
    const put = { method: 'PUT', body: JSON.stringify({ on: true }), headers: { 'content-type': 'application/json' } };
    const calls: readonly Answer[] = [
      await bench.post(plan, {}, TOKENS.viewer),
      await bench.api.post('/v1/operations/op-1/abort', {}, TOKENS.viewer),
      await bench.api.post('/v1/operations/op-1/accept-data-loss', {}, TOKENS.viewer),
      await bench.api.call('/v1/freeze-all', { ...put, token: TOKENS.viewer }),
    ];
    for (const { status, body } of calls) {
      assert.deepEqual([status, body.error.code], [403, 'FORBIDDEN']);
      assert.match(body.error.detail, /viewer-1.*operator/);
      assert.notEqual(body.error.next, '');
    }
    assert.deepEqual(ok(await bench.api.call('/v1/operations')).operations, []);
  });

  test('the switch that forbids all operations refuses by name; overriding it needs an admin and stands in the audit', async (t) => {
    const bench = await OperationBench.start(t);
    const turn = (on: boolean): Promise<Answer> =>
      bench.api.call('/v1/freeze-all', {
        method: 'PUT',
        token: TOKENS.operator,
        body: JSON.stringify({ on, reason: 'release night' }),
        headers: { 'content-type': 'application/json' },
      });
    assert.equal(ok(await turn(true)).on, true);
    const call = { kind: 'move', shards: '80-84', to: 'RZ01' } as const;
    const refused = await bench.post(await bench.plan(call));
    assert.deepEqual([refused.status, refused.body.error.code], [422, 'OPERATION_REFUSED']);
    assert.match(refused.body.error.detail, /operations-allowed: .*ldc freeze-all off/);
    const overriding = await bench.plan({ ...call, overrides: ['operations-allowed'] });
    const byOperator = await bench.post(overriding);
    assert.deepEqual([byOperator.status, byOperator.body.error.code], [403, 'FORBIDDEN']);
    assert.match(byOperator.body.error.detail, /overriding operations-allowed needs admin/);
    const id = ok(await bench.post(overriding, {}, TOKENS.admin)).operation.id;
    assert.deepEqual((await bench.ended(id)).overriddenRules, ['operations-allowed']);
    const { records } = ok(await bench.api.call('/v1/audit'));
    const freeze = records.find(
      (record: { id: string; action: string }) => record.id === id && /^freeze/.test(record.action),
    );
    assert.ok(freeze.changes.includes('safety rule operations-allowed overridden'), JSON.stringify(freeze));
    assert.ok(
      records.some(
        ({ action, reason }: Record<string, string>) => action === 'freeze-all on' && reason === 'release night',
      ),
    );
    assert.equal(ok(await turn(false)).on, false);
  });

  test('the same Idempotency-Key starts nothing twice, and never stands for something else', async (t) => {
    const bench = await OperationBench.start(t);
    const plan = await bench.plan({ kind: 'move', shards: '80-84', to: 'RZ01' });
    const key = 'one-and-the-same-key';
    const both = await Promise.all([1, 2].map(() => bench.post(plan, {}, TOKENS.operator, key)));
    const first = both.map((answer) => ok(answer));
    assert.deepEqual(first.map(({ outcome }) => outcome).sort(), ['again', 'started']);
    const { id } = first[0].operation;
    assert.equal(first[1].operation.id, id);
    assert.equal((await bench.ended(id)).outcome?.kind, 'done');
    // Long after: the plan is out of date, and still it is the one that this key started.
    assert.deepEqual([ok(await bench.post(plan, {}, TOKENS.operator, key)).outcome], ['again']);
    const others = [
      { kind: 'move', shards: '85-89', to: 'RZ01' } as const,
      { kind: 'move', shards: '80-84', to: 'RZ03' } as const,
    ];
    for (const call of others) {
      const other = await bench.post(await bench.plan(call), {}, TOKENS.operator, key);
      assert.deepEqual([other.status, other.body.error.code], [422, 'IDEMPOTENCY_KEY'], JSON.stringify(other.body));
    }
    const without = await bench.api.post('/v1/operations', { plan });
    assert.equal(without.body.error.code, 'IDEMPOTENCY_KEY');
    const { operations } = ok(await bench.api.call('/v1/operations'));
    assert.equal(operations.length, 1);
  });

  test('an operation on shards that another one holds is refused with its name and what to do', async (t) => {
    const bench = await OperationBench.start(t, { operations: { horizonMs: 19_000 } });
    bench.guards.silent.add('sz-a');
    const id = await bench.begin({ kind: 'move', shards: '80-84', to: 'RZ01' });
    await bench.until(id, 'frozen', ({ step }) => step === 'drain');
    const plan = await bench.plan({ kind: 'move', shards: '84-89', to: 'RZ03' });
    const { status, body } = await bench.post(plan);
    assert.deepEqual([status, body.error.code], [422, 'OPERATION_REFUSED']);
    assert.match(body.error.detail, new RegExp(`one-operation-per-shard: .*${id}.*abort it`));
    const view = await bench.get(id);
    assert.ok(
      view.waiting !== null && view.waiting.until !== null && view.waiting.for.join().includes('gateway-sz-a-1'),
    );
    ok(await bench.api.post(`/v1/operations/${id}/abort`, {}));
    await eventually('it has ended', async () => (await bench.get(id)).outcome !== null);
  });
});
