import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ControlBench, REALM, THREE_CITIES } from '../../test/support/control-bench.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { HandClock } from '../../test/support/hand-clock.ts';
import { CHUNK_PREFIX, chunkKey, HEAD_KEY } from '../store/records/head-record.ts';
import { TableReader } from '../store/records/table-reader.ts';
import { ChunkCollector } from './collect-chunks.ts';

let bench: ControlBench;
let store: FaultyStore;
let clock: HandClock;
let collector: ChunkCollector;

beforeEach(async () => {
  bench = await ControlBench.start();
  await bench.apply(THREE_CITIES, 0);
  store = new FaultyStore(bench.store);
  clock = new HandClock();
  collector = new ChunkCollector(store, clock, () => {});
});

afterEach(async () => {
  await collector.close();
  await bench.close();
});

async function put(...names: readonly string[]): Promise<void> {
  await bench.store.transact(
    [],
    names.map((name) => ({ key: chunkKey(name), value: `old ${name}` })),
  );
}

async function chunkKeys(): Promise<string[]> {
  return (await bench.store.snapshot(CHUNK_PREFIX)).entries.map(({ key }) => key);
}

async function tableIsWhole(): Promise<void> {
  assert.ok((await new TableReader(bench.store, REALM).read()) !== null);
}

test('a chunk that no head names goes at the second pass, a minute later, and the table stays whole', async () => {
  const named = await chunkKeys();
  await put('stray');
  assert.equal(await collector.collect(), 0);
  await clock.advance(59_000);
  assert.equal(await collector.collect(), 0);
  await clock.advance(1_000);
  assert.equal(await collector.collect(), 1);
  assert.deepEqual(await chunkKeys(), named);
  await tableIsWhole();
});

test('a chunk that was written again meanwhile waits anew', async () => {
  await put('stray');
  await collector.collect();
  await clock.advance(60_000);
  await put('stray');
  assert.equal(await collector.collect(), 0);
});

test('more chunks than one transaction takes go all at once', async () => {
  const named = await chunkKeys();
  for (let batch = 0; batch < 3; batch += 1)
    await put(...Array.from({ length: 50 }, (_, index) => `stray-${batch}-${index}`));
  await collector.collect();
  await clock.advance(60_000);
  assert.equal(await collector.collect(), 150);
  assert.deepEqual(await chunkKeys(), named);
});

test('a writer that puts the chunk between the reading and the deletion keeps it', async () => {
  await put('stray');
  await collector.collect();
  await clock.advance(60_000);
  store.interruptions.push({ key: chunkKey('stray'), run: () => put('stray') });
  assert.equal(await collector.collect(), 0);
  assert.ok((await chunkKeys()).includes(chunkKey('stray')));
});

/**
 * A writer is stopped (a suspended VM) after it put its chunks and before it flips the head. With a deletion that only
 * compares the head, its flip would still succeed and name chunks that are gone.
 */
test('a writer that slept over two passes finds another head, and its flip fails', async () => {
  await put('slow-writer');
  const [head] = (await bench.store.read([HEAD_KEY])).entries;
  assert.ok(head !== undefined);
  await collector.collect();
  await clock.advance(60_000);
  assert.equal(await collector.collect(), 1);
  const flip = await bench.store.transact(
    [{ key: HEAD_KEY, version: head.version }],
    [{ key: HEAD_KEY, value: head.value }],
  );
  assert.equal(flip.kind, 'conflict');
  await tableIsWhole();
});

test('without a head nothing is deleted', async () => {
  await put('stray');
  await bench.store.transact([], [{ key: HEAD_KEY, value: null }]);
  await collector.collect();
  await clock.advance(600_000);
  assert.equal(await collector.collect(), 0);
});
