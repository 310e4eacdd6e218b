import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ControlBench, THREE_CITIES, TOKENS } from '../../test/support/control-bench.ts';
import { FaultyStore } from '../../test/support/faulty-store.ts';
import type { StoreSnapshot } from '../store/coord-store.ts';
import { AUDIT_PREFIX, decodeAudit, findBrokenLink } from './records/audit-record.ts';

/** A store that is swapped for its backup for a moment, and then back: the backup has no audit record of the newest epoch. */
class SwappedStore extends FaultyStore {
  /** So many of the coming reads of audit records are answered by the backup. */
  hidden = 0;

  override async read(keys: readonly string[]): Promise<StoreSnapshot> {
    const snapshot = await super.read(keys);
    if (this.hidden === 0 || !keys.every((key) => key.startsWith(AUDIT_PREFIX))) return snapshot;
    this.hidden -= 1;
    return { ...snapshot, entries: [] };
  }
}

let bench: ControlBench;
let store: SwappedStore;

beforeEach(async () => {
  const real = await ControlBench.start();
  store = new SwappedStore(real.store);
  bench = await ControlBench.start({ store, dir: real.dir });
  bench.alsoClose(real.node);
});

afterEach(() => bench.close());

async function broken(): Promise<string | null> {
  const { entries } = await bench.store.snapshot(AUDIT_PREFIX);
  return findBrokenLink(entries.map(({ key, value }) => decodeAudit(key, value)));
}

// Found by `ldc sim run --from 5789 --seeds 1`: the head was read, then a backup stood in the store's place and had no record of that epoch, then
// the store was back, and the next record named nothing. The chain was broken for good, although nobody had changed it.
test('a record that names nothing because the store was swapped for its backup is not written', async () => {
  await bench.apply(THREE_CITIES, 0);
  store.hidden = 1;
  const turned = await bench.call('/v1/freeze-all', {
    method: 'PUT',
    body: JSON.stringify({ on: true, reason: 'drill' }),
    headers: { 'content-type': 'application/json' },
    token: TOKENS.admin,
  });
  assert.equal(turned.status, 200);
  assert.deepEqual([store.hidden, await broken()], [0, null], 'a change of the table that keeps the ruleset');
  store.hidden = 1;
  const lighter = THREE_CITIES.replace(/(?<head>RZ01A:[^\n]*?weight: )50/, '$<head>30').replace(
    /(?<head>RZ01B:[^\n]*?weight: )50/,
    '$<head>70',
  );
  const applied = await bench.apply(lighter, 2);
  assert.deepEqual([applied.status, applied.body.epoch], [200, 3]);
  assert.deepEqual([store.hidden, await broken()], [0, null], 'another ruleset');
});
