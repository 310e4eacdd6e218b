import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { HandGuard } from '../../test/support/hand-guard.ts';
import { openGuard } from '../../test/support/open-guard.ts';
import { threeCitiesTable } from '../../test/support/three-cities.ts';
import { UpstreamRecorder, upstreamRequest } from '../../test/support/upstream-recorder.ts';
import type { Epoch } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { instantOf } from './guard/guard-renewal.ts';
import { GuardedCells } from './guarded-cells.ts';
import type { Claim } from './upstream.ts';

const TABLE = threeCitiesTable();
const HORIZON_MS = 3_000;
const CLAIM = { shard: 7, epoch: 1, unit: 'RZ01', cell: 'RZ01A', safe: false } as Claim;

/** A guard in hz-a; `next` is what a read of the store finds. */
function guardWith(current: Table | null, next: Table | null = current) {
  const cells = new HandGuard();
  let reads = 0;
  const clock = new HandClock();
  const shards = openGuard(current, { clock, dataCenter: 'hz-a', horizonMs: HORIZON_MS });
  const read = () => {
    reads += 1;
    return Promise.resolve();
  };
  const news = {
    refreshTable: () => read().then(() => void (next !== null && shards.applied(next, instantOf(clock)))),
    renew: () =>
      read().then(() => void (next !== null && shards.reading({ head: next, hasOwnRecord: true }, instantOf(clock)))),
    isHopeful: true,
  };
  const guard = new GuardedCells({ guard: shards, news, clock, dataCenter: 'hz-a', cells });
  const open = (claim: Partial<Claim>, body: 'none' | 'chunked' = 'none') => {
    const seen = new UpstreamRecorder();
    const stream = guard.open(upstreamRequest({ claim: { ...CLAIM, ...claim }, body }), seen);
    return { seen, stream };
  };
  return { cells, open, reads: () => reads, clock, news, guard, shards };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const atShardEpoch = (epoch: number): Table => {
  const shards = TABLE.shards.copy();
  shards.fill(7, 7, { ...shards.at(CLAIM.shard), epoch: epoch as Epoch });
  return { ...TABLE, epoch: epoch as Epoch, shards };
};

test('an admitted request reaches the cell with whose it is, under which epoch, and where its data takes writes', () => {
  const { cells, open, reads } = guardWith(TABLE);
  const { seen } = open({});
  assert.deepEqual(cells.last.request.headers.slice(2), [
    ...[
      'ldc-unit',
      'RZ01',
      'ldc-cell',
      'RZ01A',
      'ldc-data-center',
      'hz-a',
      'ldc-epoch',
      '1',
      'ldc-request-id',
      'request-1',
    ],
    ...['ldc-shard', '07', 'ldc-primary', 'hz-a'],
  ]);
  assert.deepEqual([seen.refusal, reads()], [null, 0]);
});

test('a request of a copy has the table’s epoch and no shard, whatever the edge claims', () => {
  const { cells, open } = guardWith({ ...TABLE, epoch: 4 as Epoch });
  for (const epoch of [0, 9]) {
    open({ unit: 'CZHZ', cell: 'CZHZA', epoch, safe: true } as Partial<Claim>);
    const { headers } = cells.last.request;
    assert.equal(headers[headers.indexOf('ldc-epoch') + 1], '4');
    assert.equal(headers.includes('ldc-shard'), false);
  }
});

test('a refused request reaches no cell, and its stream takes whatever still comes', () => {
  const { cells, open } = guardWith(TABLE);
  for (const claim of [{ epoch: 0 as Epoch }, { cell: 'RZ01B' }, { unit: 'RZ02' }] as Partial<Claim>[]) {
    const { seen, stream } = open(claim);
    assert.notEqual(seen.refusal, null);
    assert.equal(stream.write(new Uint8Array(1)), true);
    stream.end();
    stream.cancel();
  }
  assert.equal(cells.exchanges.length, 0);
});

test('without a table nothing is admitted', () => {
  const { open } = guardWith(null);
  assert.equal(open({}).seen.refusal?.code, 'NO_TABLE');
});

test('an edge that knows more makes the guard read first; then the newer table decides', async () => {
  const { cells, open, reads } = guardWith(TABLE, atShardEpoch(2));
  const { seen } = open({ epoch: 2 as Epoch });
  assert.equal(cells.exchanges.length, 0);
  await turn();
  assert.deepEqual([reads(), cells.exchanges.length, seen.refusal], [1, 1, null]);
  const late = open({ epoch: 1 as Epoch });
  assert.deepEqual(late.seen.refusal, { kind: 'refused', code: 'STALE_EPOCH', epoch: 2, owner: 'RZ01' });
});

test('an edge that claims what the store does not have is refused, not believed', async () => {
  const { cells, open } = guardWith(TABLE);
  const { seen } = open({ epoch: 5 as Epoch });
  await turn();
  assert.deepEqual(seen.refusal, { code: 'GUARD_BEHIND', epoch: 1, owner: null });
  assert.equal(cells.exchanges.length, 0);
});

test('a request that is cancelled while the guard reads reaches no cell', async () => {
  const { cells, open } = guardWith(TABLE, atShardEpoch(2));
  open({ epoch: 2 as Epoch }).stream.cancel();
  await turn();
  assert.equal(cells.exchanges.length, 0);
});

test('what is written, paused and ended between the admission and the cell’s stream is not lost', async () => {
  const { cells, open } = guardWith(TABLE, atShardEpoch(2));
  const { seen, stream } = open({ epoch: 2 as Epoch }, 'chunked');
  seen.admitted = () => {
    assert.equal(stream.write(Buffer.from('abc')), false, 'enough for now');
    stream.pause();
  };
  await turn();
  assert.deepEqual([cells.last.body.toString(), cells.last.isPaused, seen.drains], ['abc', true, 1]);
  stream.resume();
  stream.write(Buffer.from('de'));
  stream.end(['X-Sum', '1']);
  assert.deepEqual(
    [cells.last.body.toString(), cells.last.isPaused, cells.last.trailers],
    ['abcde', false, ['X-Sum', '1']],
  );
  stream.cancel();
  assert.equal(cells.last.isCancelled, true);
});

test('a write after the horizon waits for one read if the store answered last time, else it is refused at once', async () => {
  const { cells, open, reads, clock, news } = guardWith(TABLE);
  await clock.advance(HORIZON_MS);
  const waiting = open({});
  assert.deepEqual([cells.exchanges.length, waiting.seen.refusal], [0, null]);
  await turn();
  assert.deepEqual([reads(), cells.exchanges.length], [1, 1], 'admitted by the read’s horizon');
  await clock.advance(HORIZON_MS);
  news.isHopeful = false;
  const { seen } = open({});
  assert.deepEqual(seen.refusal, { kind: 'refused', code: 'STORE_LOST', epoch: 1, owner: 'RZ01' });
  assert.deepEqual([reads(), cells.exchanges.length], [1, 1]);
});

test('the answer of a write is passed on only within the horizon; else its outcome is unknown, and its request is ended', async () => {
  const { cells, open, clock, shards } = guardWith(TABLE);
  const { seen } = open({});
  await clock.advance(HORIZON_MS);
  cells.last.events.head(200, []);
  cells.last.events.data(new Uint8Array(1));
  cells.last.events.end([]);
  assert.deepEqual(
    [seen.status, seen.failure?.code, seen.failure?.executed, cells.last.isCancelled, shards.writesInFlight],
    [0, 'OUTCOME_UNKNOWN', 'unknown', true, 0],
  );
});

test('a write is in flight from its admission until its answer is over, it failed, was refused by the cell or given up', () => {
  const { cells, open, shards } = guardWith(TABLE);
  const endings: ((index: number) => void)[] = [
    (index) => cells.exchanges[index]?.events.end([]),
    (index) => cells.exchanges[index]?.events.failed({ code: 'CELL_RESET', executed: 'unknown', detail: '' }),
    (index) => cells.exchanges[index]?.events.refused({ code: 'OVERLOADED', epoch: 1 as Epoch, owner: null }),
    (index) => streams[index]?.cancel(),
  ];
  const streams = endings.map(() => open({}).stream);
  open({ safe: true });
  assert.equal(shards.writesInFlight, 4);
  endings.forEach((end, index) => {
    cells.exchanges[index]?.events.informational(103, []);
    end(index);
    end(index);
    streams[index]?.cancel();
    assert.equal(shards.writesInFlight, 3 - index);
  });
});

test('an upgrade ends when its guard’s horizon passes, also in silence, and counts as a write until both sides ended', async () => {
  const { cells, open, clock, guard, shards } = guardWith(TABLE);
  const one = open({});
  cells.last.events.head(101, []);
  cells.last.events.end([]);
  assert.equal(shards.writesInFlight, 1, 'the client may still say something');
  one.stream.end();
  assert.equal(shards.writesInFlight, 0);
  const { seen } = open({});
  cells.last.events.head(101, []);
  assert.equal(guard.upgrades, 1);
  await clock.advance(HORIZON_MS - 1);
  assert.equal(guard.upgrades, 1);
  await clock.advance(1);
  assert.deepEqual(
    [seen.failure?.code, cells.last.isCancelled, guard.upgrades, shards.writesInFlight, clock.timers],
    ['SHARD_MOVING', true, 0, 0, 0],
  );
});

test('a read after the horizon looks at the store first while that answers, and goes on at once while it does not', async () => {
  const { cells, open, reads, clock, news } = guardWith(TABLE);
  open({ safe: true });
  assert.deepEqual([cells.exchanges.length, reads()], [1, 0]);
  await clock.advance(HORIZON_MS);
  open({ safe: true });
  assert.deepEqual([cells.exchanges.length, reads()], [1, 1]);
  await turn();
  assert.equal(cells.exchanges.length, 2);
  await clock.advance(HORIZON_MS);
  news.isHopeful = false;
  open({ safe: true });
  assert.deepEqual([cells.exchanges.length, reads()], [3, 1]);
});
