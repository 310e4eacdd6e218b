import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ControlBench, edgeRecord } from '../../test/support/control-bench.ts';
import { eventually } from '../../test/support/eventually.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import type { BootId, NodeId } from '../core/ids.ts';
import { edgeKey, encodeEdge } from '../store/records/node-record.ts';
import type { ControlEvent } from './control-event.ts';
import { EdgeWatch } from './edge-watch.ts';

let bench: ControlBench;
let store: FaultyStore;
let watch: EdgeWatch | null;
let events: ControlEvent[];

beforeEach(async () => {
  bench = await ControlBench.start();
  store = new FaultyStore(bench.store);
  events = [];
  watch = null;
});

afterEach(async () => {
  await watch?.close();
  await bench.close();
});

function begin(settings: ConstructorParameters<typeof EdgeWatch>[3]): EdgeWatch {
  watch = new EdgeWatch(store, machineClock, (event) => events.push(event), settings);
  return watch;
}

test('a hint brings a new gateway in long before the next reading is due', async () => {
  const edges = begin({ rereadMs: 600_000, hintGapMs: 5 });
  await edges.start();
  await bench.putEdge();
  await eventually('the gateway is seen', () => edges.observation.edges.length === 1);
});

test('a gateway that stops is silent, and its record is deleted in the end', async () => {
  const edges = begin({ rereadMs: 10, hintGapMs: 5, aliveMs: 30, removeMs: 120 });
  await edges.start();
  const key = await bench.putEdge();
  await eventually('it was removed', () => events.some((event) => event.kind === 'edge-removed' && event.key === key));
  assert.deepEqual((await bench.store.read([key])).entries, []);
});

test('a gateway that renews in the instant of its removal keeps its record', async () => {
  const edges = begin({ rereadMs: 10, hintGapMs: 5, aliveMs: 30, removeMs: 60 });
  const record = edgeRecord({ node: 'n' as NodeId, boot: 'b' as BootId });
  const key = edgeKey(record.node, record.boot);
  let renewed = 0;
  const renew = async (): Promise<void> => {
    renewed += 1;
    await bench.store.transact([], [{ key, value: encodeEdge({ ...record, beat: 1 + renewed }) }]);
  };
  for (let times = 0; times < 2; times += 1) store.interruptions.push({ key, run: renew });
  await bench.store.transact([], [{ key, value: encodeEdge(record) }]);
  await edges.start();
  await eventually('it renewed twice before a deletion', () => renewed === 2);
  assert.equal(events.filter(({ kind }) => kind === 'edge-removed').length, 0);
});

test('while the store is down the last reading stays, and it goes on by itself afterwards', async () => {
  const edges = begin({ rereadMs: 10, hintGapMs: 5 });
  await bench.putEdge();
  await edges.start();
  store.down = 'STORE_UNAVAILABLE';
  await eventually('the failure is told', () => events.some(({ kind }) => kind === 'edges-unreadable'));
  assert.equal(edges.observation.edges.length, 1);
  store.down = null;
  await bench.putEdge({ node: 'gateway-2' as NodeId });
  await eventually('the second gateway is seen', () => edges.observation.edges.length === 2);
});

test('a bad record is told once, not at every reading', async () => {
  const edges = begin({ rereadMs: 5, hintGapMs: 1 });
  await bench.store.transact([], [{ key: 'edges/x/y', value: 'nonsense' }]);
  await edges.start();
  const readAt = edges.observation.readAt;
  await eventually('it was read several times', () => (edges.observation.readAt ?? 0) > (readAt ?? 0) + 40);
  assert.equal(events.filter(({ kind }) => kind === 'edge-record-bad').length, 1);
  assert.equal(edges.observation.bad.length, 1);
});
