import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { DyingStore } from '../../../test/support/dying-store.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { OperationBench, type OperationBenchOptions, ok } from '../../../test/support/operation-bench.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import type { OperationView, PlanCall } from '../api-types.ts';

/**
 * A realm whose leader has a store that can die, and a second control node, which is the one that is called and never leads: so the first
 * one leads until it dies, however slow this machine is.
 */
async function twoNodes(
  t: TestContext,
  options: OperationBenchOptions = {},
): Promise<{ bench: OperationBench; leader: DyingStore }> {
  let leader: DyingStore | null = null;
  const wrap = (store: ConstructorParameters<typeof DyingStore>[0]): DyingStore => {
    leader = new DyingStore(store);
    return leader;
  };
  const bench = await OperationBench.start(t, { ...options, wrap });
  const { leadership } = bench.control.node.operations;
  await eventually('the first node leads', () => leadership.term !== null);
  bench.api = await bench.another('control-2', { leaderMs: 600_000 });
  await eventually('the second knows the gateways', () => bench.api.node.edges.observation.edges.length === 5);
  if (leader === null) throw new Error('no store');
  return { bench, leader };
}

async function endsWell(bench: OperationBench, id: string, kind: 'done' | 'aborted'): Promise<OperationView> {
  const view = await bench.ended(id);
  assert.equal(view.outcome?.kind, kind, JSON.stringify(view));
  assert.ok(!(await bench.owners()).some((run) => run.includes('FREEZING') || run.includes('held')));
  assert.ok(await bench.auditIsWhole());
  return view;
}

const PLANNED: PlanCall = { kind: 'failover', dataCenter: 'sz-a' };
const EMERGENCY: PlanCall = { ...PLANNED, emergency: true };
const SHIFT: PlanCall = { kind: 'shift', unit: 'RZ01', weights: { RZ01A: 100, RZ01B: 0 } };

const CASES: readonly (readonly [name: string, call: PlanCall, more: object, writes: readonly number[]])[] = [
  ['a planned move', PLANNED, {}, [0, 1, 2, 3, 4, 5]],
  ['a change of primary', { kind: 'failover', dataCenter: 'hz-b' }, {}, [1, 3]],
  ['an emergency', EMERGENCY, { acceptDataLoss: true }, [1, 2, 3, 4, 5]],
  ['a shift', SHIFT, {}, [0, 1]],
];

// They wait more than they work, and each has stores and sockets of its own.
describe('whoever leads may be lost at any step', { concurrency: 3 }, () => {
  for (const [name, call, more, all] of CASES) {
    for (const writes of all) {
      test(`${name} goes on when its leader is lost after write ${writes} of its record, and the lost one changes nothing any more`, async (t) => {
        const { bench, leader } = await twoNodes(t);
        leader.dieAfter(writes);
        const id = await bench.begin(call, more);
        await eventually('the leader is lost', () => leader.isDead);
        const { leadership } = (await bench.another('control-3')).node.operations;
        await endsWell(bench, id, 'done');
        // After its last write an operation has ended, so this may be long before the next one's turn.
        await eventually('the third node leads', () => leadership.term === 2);
        const epoch = ok(await bench.api.call('/v1/table')).epoch;
        leader.revive();
        // What it believed to do was refused by the term, or it never came to it; either way it learns that it does not lead.
        await eventually('the lost one knows', () => (bench.control.node.operations.leadership.leader?.term ?? 0) >= 2);
        assert.notEqual(bench.control.node.operations.leadership.term, 1);
        assert.equal(ok(await bench.api.call('/v1/table')).epoch, epoch);
      });
    }
  }
});

test('an abort is carried out by the next leader when the first is lost before or after its transaction', async (t) => {
  for (const writes of [1, 2]) {
    const { bench, leader } = await twoNodes(t, { operations: { horizonMs: 19_000 } });
    bench.guards.silent.add('sz-a');
    leader.dieAfter(writes);
    const id = await bench.begin(PLANNED);
    await bench.until(id, 'frozen', ({ step }) => step === 'drain');
    ok(await bench.api.post(`/v1/operations/${id}/abort`, {}));
    await eventually('the leader is lost', () => leader.isDead);
    await bench.another('control-3');
    await endsWell(bench, id, 'aborted');
  }
});

test('the W of a guard that appeared after the operation was put on record counts, for who freezes and for who takes over', async (t) => {
  for (const writes of [0, 1]) {
    const { bench, leader } = await twoNodes(t);
    bench.guards.silent.add('sz-a');
    leader.dieAfter(writes);
    const id = await bench.begin({ kind: 'move', shards: '80-84', to: 'RZ01' });
    await eventually('the leader is lost', () => leader.isDead);
    bench.guards.horizons.set('sz-a', 1_500);
    await bench.guards.announce();
    await bench.another('control-3');
    const { steps } = await endsWell(bench, id, 'done');
    const drain = steps.find(({ step }) => step === 'drain');
    assert.match(drain?.detail ?? '', new RegExp(`W, ${freezeWindowMs(1_500)} ms, passed`));
  }
});
