import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { OperationBench, ok } from '../../../test/support/operation-bench.ts';
import type { BootId, DataCenterId, NodeId } from '../../core/ids.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import type { CoordStore, StoreEntry } from '../../store/coord-store.ts';
import { encodeGuard, guardKey } from '../../store/records/guard-record.ts';
import { guardHorizons, horizonsApart, largestHorizonMs } from './guard-horizons.ts';
import { GuardWatch } from './guard-watch.ts';
import type { Leadership } from './leadership.ts';

function entryOf(name: string, horizonMs?: number): StoreEntry {
  const [node, boot] = [name as NodeId, 'boot-1' as BootId];
  const own = { node, boot, dataCenter: 'hz-a' as DataCenterId, version: '0', formats: [1], address: 'a:1' };
  const said = horizonMs === undefined ? {} : { horizonMs };
  return {
    key: guardKey(node, boot),
    value: encodeGuard({ format: 1, ...own, ...said, applied: null, drained: [], beat: 1 }),
    version: `${name}-1`,
  };
}

test('the largest L counts, the own one where guards say a smaller one, none, or nothing that can be read', () => {
  const bad = { key: 'guards/x/y', value: '{', version: '1' };
  assert.equal(largestHorizonMs(3000, guardHorizons([entryOf('a', 1000), entryOf('b'), bad])), 3000);
  assert.equal(largestHorizonMs(3000, guardHorizons([entryOf('a', 1000), entryOf('b', 5000)])), 5000);
});

test('guards that disagree are told with their names, both values and both settings; those that agree are not', () => {
  const seen = guardHorizons([entryOf('a', 3000), entryOf('b', 5000), entryOf('c', 5000), entryOf('d', 1000)]);
  assert.deepEqual(horizonsApart(3000, seen), [
    'guard.horizonMs of b, c is 5000, operations.horizonMs is 3000: operations wait for the longer one; set both alike',
    'guard.horizonMs of d is 1000, operations.horizonMs is 3000: emergencies wait longer than they need; set both alike',
  ]);
});

test('an emergency waits for the W of the guard with the largest L, and the status names that guard', async (t) => {
  const bench = await OperationBench.start(t);
  bench.cut.add('sz-a');
  bench.guards.silent.add('sz-a');
  bench.guards.horizons.set('hz-a', 1_500);
  await bench.guards.announce();
  const { findings } = ok(await bench.api.call('/v1/status'));
  const texts = findings.map(({ text }: { text: string }) => text);
  assert.ok(
    texts.some((text: string) => /gateway-hz-a-1 is 1500, operations\.horizonMs is 300/.test(text)),
    texts.join(),
  );
  // Even the one of the lost data center, which appeared after the plan.
  const plan = await bench.plan({ kind: 'failover', dataCenter: 'sz-a', emergency: true });
  bench.guards.horizons.set('sz-a', 2_000);
  await bench.guards.announce();
  const id = ok(await bench.post(plan, { acceptDataLoss: true })).operation.id;
  const open = await bench.until(id, 'released', ({ isReleased }) => isReleased);
  const drain = open.steps.find(({ step }) => step === 'drain');
  const waitedMs = (drain?.endedAt ?? 0) - (drain?.startedAt ?? 0);
  assert.ok(waitedMs >= freezeWindowMs(2_000) - 50, `waited ${waitedMs} ms of ${freezeWindowMs(2_000)}`);
  bench.cut.clear();
  assert.equal((await bench.ended(id)).outcome?.kind, 'done');
});

/** A store of guards' records only, and a leader that never ends. */
function guardStore(entries: StoreEntry[]): { store: CoordStore; leadership: Leadership; deleted: string[] } {
  const deleted: string[] = [];
  const store = {
    snapshot: async () => ({ entries: entries.filter(({ key }) => !deleted.includes(key)), revision: '1' }),
    watch: () => ({ close: () => {} }),
    transact: async (_: unknown, writes: readonly { key: string }[]) => {
      deleted.push(...writes.map(({ key }) => key));
      return { kind: 'committed' };
    },
  };
  const leadership = { holding: (work: (term: object) => unknown) => work({}) };
  return { store: store as unknown as CoordStore, leadership: leadership as unknown as Leadership, deleted };
}

test('the record of a dead guard is deleted, but not of one with a larger L: the next leader could not know of it', async () => {
  const clock = new HandClock();
  const { store, leadership, deleted } = guardStore([entryOf('dead', 3_000), entryOf('longer', 9_000)]);
  const watch = new GuardWatch({ store, clock, leadership, observer: () => {}, goneMs: 30_000, horizonMs: 3_000 });
  watch.start();
  for (let times = 0; times < 60; times += 1) await clock.advance(1_000);
  await watch.stop();
  assert.deepEqual(deleted, ['guards/dead/boot-1']);
});
