import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, test } from 'node:test';
import { ControlBench, REALM, THREE_CITIES } from '../../test/support/control-bench.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import { machineClock } from '../../test/support/machine-clock.ts';
import { SYSTEM_RANDOM } from '../app/system-random.ts';
import { openStore } from '../store/open-store.ts';
import { HEAD_KEY } from '../store/records/head-record.ts';

const READS = [
  '/v1/table',
  '/v1/topology',
  '/v1/gateways',
  '/v1/cells',
  '/v1/route?userId=12',
  '/v1/status',
  '/v1/rules/show',
];

let real: ControlBench;
let store: FaultyStore;
let bench: ControlBench;

before(async () => {
  real = await ControlBench.start();
  await real.apply(THREE_CITIES, 0);
  store = new FaultyStore(real.store);
  bench = await ControlBench.start({ store, dir: real.dir, api: { callMs: 200, applyMs: 300 } });
  bench.alsoClose(real.node);
});

afterEach(() => {
  store.down = null;
});

after(async () => {
  store.down = 'STORE_UNAVAILABLE';
  await bench?.close();
});

test('a store that fails: every call is 503 with its code and Retry-After', async () => {
  store.down = 'STORE_TIMEOUT';
  for (const path of READS) {
    const { status, body, headers } = await bench.call(path);
    assert.deepEqual([status, body.error.code], [503, 'STORE_TIMEOUT'], path);
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  const { status, body } = await bench.apply(THREE_CITIES, 1);
  assert.deepEqual([status, body.error.code], [503, 'STORE_TIMEOUT']);
});

test('a store that never answers: reads are 503 within the limit, an apply says that it does not know', async () => {
  store.down = 'stalled';
  const answers = await Promise.all(READS.map((path) => bench.call(path)));
  for (const { status, body } of answers) {
    assert.deepEqual([status, body.error.code], [503, 'STORE_TIMEOUT']);
    assert.match(body.error.detail, /200 ms \(api\.callMs\)/);
  }
  const { status, body, headers } = await bench.apply(THREE_CITIES, 1);
  assert.deepEqual([status, body.error.code], [503, 'APPLY_UNKNOWN']);
  assert.ok(Number(headers.get('retry-after')) > 0);
});

test('without a store the checks that need none go on', async () => {
  store.down = 'STORE_UNAVAILABLE';
  assert.equal((await bench.call('/healthz')).status, 200);
  assert.equal((await bench.call('/openapi.json')).status, 200);
  assert.equal((await bench.post('/v1/rules/validate', { file: 'f', text: THREE_CITIES })).status, 200);
});

test('a damaged head is STORE_CORRUPT with the record’s name, and heals with the record', async () => {
  const [head] = (await real.store.read([HEAD_KEY])).entries;
  await real.store.transact([], [{ key: HEAD_KEY, value: '{"format":1}' }]);
  const { status, body } = await bench.call('/v1/table');
  assert.deepEqual([status, body.error.code], [503, 'STORE_CORRUPT']);
  assert.match(body.error.detail, /head/);
  await real.store.transact([], [{ key: HEAD_KEY, value: head?.value ?? '' }]);
  assert.equal((await bench.call('/v1/table')).status, 200);
});

test('another process holds the lock of the embedded store: an apply is 503 in time, and nothing was written', async () => {
  const url = `embedded:${join(real.dir, 'store.db')}`;
  const settings = { transactMs: 300 };
  const own = openStore({ url, realm: REALM, clock: machineClock, random: SYSTEM_RANDOM, settings });
  const node = await ControlBench.start({ store: own, dir: real.dir });
  const lock = new DatabaseSync(join(real.dir, 'store.db'));
  try {
    lock.exec('BEGIN IMMEDIATE');
    const other = THREE_CITIES.replaceAll('capacity: 60', 'capacity: 61');
    const { status, body } = await node.apply(other, 1);
    assert.equal(status, 503, JSON.stringify(body));
    assert.match(body.error.code, /^STORE_|^APPLY_UNKNOWN$/);
    lock.exec('ROLLBACK');
    assert.equal((await node.call('/v1/table')).body.epoch, 1);
  } finally {
    lock.close();
    await node.node.close();
    await own.close();
  }
});
