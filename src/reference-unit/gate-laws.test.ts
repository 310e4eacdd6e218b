import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eventually } from '../../test/support/eventually.ts';
import { answered, at, gateOf, HZ_A, HZ_B, only, refusal } from '../../test/support/gate-calls.ts';
import { startDataCenters } from '../../test/support/ledger-cells.ts';
import { type ShardTable, writeBy } from '../../test/support/shard-writers.ts';
import type { Epoch } from '../core/ids.ts';
import type { GateClient, GateResult } from '../gate/gate-client.ts';
import { GatePosition } from '../gate/gate-position.ts';

const PATIENT = { copyTimeoutMs: 15_000, callTimeoutMs: 5_000, freshMs: 10_000, heartbeatMs: 50, retryMs: 20 } as const;

/** The calls of an operation that was aborted (fenced at 2) and of one that was carried out (fenced at 4, granted at 5). */
type Delivery = (source: GateClient, target: GateClient, shard: string) => Promise<GateResult<unknown>>;
const position = new GatePosition(0 as Epoch, 1);
const CALLS: readonly Delivery[] = [
  (source, _, shard) => source.fence(at(2, [shard])),
  (source, _, shard) => source.position(at(2, [shard])),
  (_, target, shard) => target.caughtUp({ ...at(2, [shard]), positions: [{ shard, position }], waitMs: 0 }),
  (source, _, shard) => source.fence(at(4, [shard])),
  (source, _, shard) => source.position(at(4, [shard])),
  (_, target, shard) => target.caughtUp({ ...at(4, [shard]), positions: [{ shard, position }], waitMs: 0 }),
  (_, target, shard) => target.promote({ ...at(5, [shard]), owner: HZ_B }),
  (source, _, shard) => source.follow({ ...at(5, [shard]), owner: HZ_B }),
  (_, target, shard) => target.probe({ ...at(5, [shard]), id: 'probe', holdMs: 0 }),
];

test('late, repeated and reordered calls of two operations change nothing: the highest epoch wins', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication: PATIENT });
  const [source, target] = [gateOf(t, all['hz-a']), gateOf(t, all['hz-b'])];
  let run = 0;
  const order = fc.array(fc.nat({ max: CALLS.length - 1 }), { minLength: 1, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(order, async (indexes) => {
      const shard = String(run++).padStart(2, '0');
      answered(await source.probe({ ...at(1, [shard]), id: 'first', holdMs: 0 }));
      const wanted = [{ shard, position }];
      assert.ok(answered(await target.caughtUp({ ...at(1, [shard]), positions: wanted, waitMs: 10_000 })).caughtUp);
      for (const index of indexes) {
        const result = await CALLS[index]?.(source, target, shard);
        assert.notEqual(result?.kind, 'unknown');
      }
      // The operation that was carried out, once more from the grant on: whatever came before must not be in its way.
      const promoted = only(answered(await target.promote({ ...at(5, [shard]), owner: HZ_B })));
      assert.deepEqual([promoted.role, promoted.position.lineage], ['writable', 5]);
      assert.equal(answered(await target.probe({ ...at(5, [shard]), id: 'probe', holdMs: 0 })).executed, true);
      assert.equal(only(answered(await source.follow({ ...at(5, [shard]), owner: HZ_B }))).role, 'copy');
      const end = only(answered(await target.position(at(5, [shard]))));
      assert.equal(end.position.toString(), '5:2', 'both entries, each once');
      const caughtUp = await source.caughtUp({ ...at(5, [shard]), positions: [end], waitMs: 10_000 });
      assert.equal(answered(caughtUp).caughtUp, true);
      // And now everything late.
      for (const call of CALLS.slice(0, 6)) assert.equal(refusal(await call(source, target, shard)), 'GATE_STALE');
      assert.equal(only(answered(await target.position(at(5, [shard])))).position.compare(end.position), 'equal');
    }),
    { numRuns: 20 },
  );
});

test('a fence amid writes: what is acknowledged is within the position, the rest is refused in its transaction', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication: PATIENT });
  const gate = gateOf(t, all['hz-a']);
  const table: ShardTable = { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 };
  await writeBy(all, table, 'first', 1);
  const writes = Array.from({ length: 60 }, (_, n) => writeBy(all, table, `w${n}`, 1));
  const held = gate.probe({ ...at(1), id: 'held', holdMs: 300 });
  await Promise.race(writes);
  answered(await gate.fence(at(2)));
  const { position: fenced } = only(answered(await gate.position(at(2))));
  const answers = await Promise.all(writes);
  const taken = answers.filter(({ status }) => status === 201).length;
  const refused = answers.filter(({ headers }) => headers.get('ldc-not-executed') === 'STALE_EPOCH').length;
  assert.equal(taken + refused, 60);
  // On a machine that is so busy that the held write ends before the fence comes it counts as one more that was taken.
  const late = answered(await held);
  if (!late.executed) assert.equal(late.code, 'STALE_EPOCH');
  const { position: later } = only(answered(await gate.position(at(2))));
  assert.equal(later.compare(fenced), 'equal');
  assert.equal(later.toString(), `0:${taken + 1 + (late.executed ? 1 : 0)}`);
});

test('a refusal of the primary reaches the client of the cell that passed the write on', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication: PATIENT });
  answered(await gateOf(t, all['hz-a']).fence(at(4)));
  const { askCell } = await import('../../test/support/cell-request.ts');
  const { instanceOf } = await import('../../test/support/ledger-cells.ts');
  const answer = await askCell(instanceOf(all['hz-b'], 'RZ01B'), '/ledger/entries', { body: { id: 'a', amount: 1 } });
  assert.deepEqual(
    [answer.status, answer.headers.get('ldc-not-executed'), answer.body.error.code],
    [409, 'STALE_EPOCH', 'STALE_EPOCH'],
  );
});

test('1 ≥ 1 across lineages: after failover and failback the old copy is no target before it followed', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication: { ...PATIENT, acknowledge: 'local' } });
  const [a, b] = [gateOf(t, all['hz-a']), gateOf(t, all['hz-b'])];
  // An emergency without a copy: each side has one entry, both at offset 1.
  all['hz-a'].setPeers([]);
  all['hz-b'].setPeers([]);
  assert.equal((await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 }, 'old', 1)).status, 201);
  answered(await b.promote({ ...at(3), owner: HZ_B }));
  assert.equal((await writeBy(all, { dataCenter: 'hz-b', cell: 'RZ01B', epoch: 3 }, 'new', 1)).status, 201);
  const { shard, position: owner } = only(answered(await b.position(at(4))));
  const old = only(answered(await a.position(at(4))));
  assert.deepEqual([owner.toString(), old.position.toString()], ['3:1', '0:1']);
  assert.equal(old.position.reaches(owner), false);
  const early = await a.caughtUp({ ...at(4), positions: [{ shard, position: owner }], waitMs: 0 });
  assert.equal(answered(early).caughtUp, false);
  assert.equal(refusal(await a.follow({ ...at(4), owner: HZ_B })), 'GATE_OWNER_NOT_READY');
  assert.equal(refusal(await a.promote({ ...at(5), owner: HZ_A })), 'GATE_NOT_A_COPY');
  const peers = Object.values(all).map(({ dataCenter, url }) => ({ dataCenter, url }));
  for (const cells of Object.values(all)) cells.setPeers(peers);
  // The owner is promoted anew in place, then the other one follows.
  answered(await b.promote({ ...at(5), owner: HZ_B }));
  assert.equal(only(answered(await a.follow({ ...at(5), owner: HZ_B }))).setAside, 1);
  await eventually('it has the owner’s entry', async () => {
    const { position: end } = only(answered(await b.position(at(5))));
    const result = await a.caughtUp({ ...at(5), positions: [{ shard, position: end }], waitMs: 1_000 });
    return answered(result).caughtUp;
  });
});

test('a call for another data center, shard or unit, or without its fields, is told what is wrong', async (t) => {
  const all = await startDataCenters(t, ['hz-a'], { replication: PATIENT });
  const gate = gateOf(t, all['hz-a']);
  assert.equal(refusal(await gate.promote({ ...at(3), owner: HZ_B })), 'GATE_WRONG_COPY');
  const wrong = await Promise.all([
    gate.fence(at(3, ['777'])),
    gate.fence(at(0)),
    gate.promote({ ...at(3), owner: { unit: 'RZ09', dataCenter: 'hz-a' } }),
    gate.caughtUp({ ...at(3), positions: [], waitMs: 0 }),
    gate.caughtUp({ ...at(3), positions: [{ shard: '07', position }], waitMs: 99_999 }),
    gate.probe({ ...at(3, ['00-01']), id: 'x', holdMs: 0 }),
  ]);
  for (const result of wrong) assert.match(result.kind === 'refused' ? result.detail : result.kind, /^BAD_INPUT: /);
});

// Found by reading: after an operation that was aborted the shards' epoch is above the lineage of their owner. A copy that was told to
// follow at it became stale, and waited for ever for an owner of that lineage.
test('a copy follows an owner that was promoted below the epoch of the call, if the call names that lineage', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b'], { replication: PATIENT });
  const [a, b] = [gateOf(t, all['hz-a']), gateOf(t, all['hz-b'])];
  answered(await a.fence(at(2)));
  answered(await b.promote({ ...at(3), owner: HZ_B }));
  // The second operation freezes at 4 and is aborted, which makes it 5.
  answered(await b.fence(at(4)));
  assert.equal(refusal(await a.follow({ ...at(5), owner: HZ_B })), 'GATE_OWNER_NOT_READY');
  const told = { ...at(5), owner: HZ_B, lineage: 3 as Epoch };
  for (let times = 0; times < 2; times += 1) {
    const { role, position: end } = only(answered(await a.follow(told)));
    assert.deepEqual([role, end.lineage], ['copy', 3]);
  }
  assert.equal(refusal(await b.follow({ ...told, owner: HZ_A })), 'GATE_CONTRADICTION');
  assert.equal((await a.follow({ ...told, lineage: 6 as Epoch })).kind, 'refused');
  assert.equal((await writeBy(all, { dataCenter: 'hz-b', cell: 'RZ01B', epoch: 5 }, 'after', 1)).status, 201);
});
