import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { HandGuard } from '../../test/support/hand-guard.ts';
import { holdBench } from '../../test/support/hold-bench.ts';
import { rawHead } from '../../test/support/raw-head.ts';
import { RecordingDownstream } from '../../test/support/recording-downstream.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { route, threeCitiesTable } from '../../test/support/three-cities.ts';
import type { Epoch, UnitId } from '../core/ids.ts';
import type { Table } from '../core/table.ts';
import { Pipeline } from './pipeline.ts';
import { compileRoutingView } from './routing-view.ts';

const READ = 'GET /x HTTP/1.1\nHost: a\nX-User-Id: 12307';
const MOVED = { code: 'STALE_EPOCH', epoch: 3 as Epoch, owner: 'RZ03' as UnitId } as const;

/** An edge in hz-a that the store does not answer, and the guards of all data centers. */
function staleEdge() {
  const clock = new HandClock();
  const first = threeCitiesTable({ routes: [route({})] });
  const identifier = { identify: () => ({ kind: 'found', userId: '12307', source: 'header' }) as const };
  const view = compileRoutingView(first.topology, () => identifier);
  const guards = new Map<string, HandGuard>();
  const guardOf = (dataCenter: string): HandGuard => {
    const known = guards.get(dataCenter) ?? new HandGuard();
    guards.set(dataCenter, known);
    return known;
  };
  let table: Table = first;
  const pipeline = new Pipeline({
    clock,
    holding: holdBench(clock, () => table).holding,
    random: seededRandom(5),
    dataCenter: 'hz-a',
    current: () => ({ table, view }),
    // Of each unit the cell in its primary's data center.
    place: { isAvailable: (cell) => first.topology.cells[cell]?.id.endsWith('A') ?? false },
    upstreamOf: guardOf,
    catchUp: () => new Promise(() => undefined),
    mayResend: () => true,
    finished: () => undefined,
    debugHeaders: false,
    traceSampled: false,
  });
  const begin = (): RecordingDownstream => {
    const client = new RecordingDownstream();
    client.handle = pipeline.begin(rawHead(READ), 'general', client);
    return client;
  };
  const apply = (next: Partial<Table>): void => {
    table = { ...table, ...next };
  };
  return { clock, guardOf, begin, apply };
}

// `ldc drill stale-edge --live` (issue 4): an edge without the store sent every request of a moved shard to the old owner until the
// store was back, two seconds of waiting for each refusal, although the refusal named the owner.
test('an edge that the store does not answer follows the owner that a guard names, and remembers it', async () => {
  const { clock, guardOf, begin, apply } = staleEdge();
  begin();
  assert.equal(guardOf('hz-a').last.request.claim.unit, 'RZ01');
  guardOf('hz-a').last.events.refused(MOVED);
  await clock.advance(100);
  const { claim } = guardOf('sh-a').last.request;
  assert.deepEqual([claim.unit, claim.shard, claim.epoch], ['RZ03', 7, 3]);
  begin();
  assert.equal(guardOf('sh-a').exchanges.length, 2, 'the next request of the shard goes there at once');
  apply({ epoch: 3 as Epoch });
  begin();
  assert.equal(guardOf('hz-a').exchanges.length, 2, 'a newer table knows better than what was said before it');
});

test('an owner of whom the edge’s table knows no cell leads nowhere: the store is waited for', async () => {
  const { clock, guardOf, begin } = staleEdge();
  begin();
  guardOf('hz-a').last.events.refused({ ...MOVED, owner: 'RZ99' as UnitId });
  await clock.advance(1_000);
  assert.equal(guardOf('hz-a').exchanges.length, 1);
});
