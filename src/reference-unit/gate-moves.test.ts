import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askCell } from '../../test/support/cell-request.ts';
import { startDataCenterChild } from '../../test/support/data-center-child.ts';
import { eventually } from '../../test/support/eventually.ts';
import { answered, at, gateOf, HZ_A, HZ_B, only, refusal, SZ_A } from '../../test/support/gate-calls.ts';
import {
  instanceOf,
  PEER_TOKEN,
  startCells,
  startDataCenters,
  temporaryDirectory,
} from '../../test/support/ledger-cells.ts';
import { type ShardTable, ShardWriters, writeBy } from '../../test/support/shard-writers.ts';
import type { GateClient } from '../gate/gate-client.ts';
import type { GateOwner } from '../gate/gate-contract.ts';
import type { DataCenterCells } from './data-center-process.ts';
import type { ShardReport } from './replication-report.ts';

const PATIENT = { copyTimeoutMs: 15_000, callTimeoutMs: 5_000, freshMs: 10_000, heartbeatMs: 50, retryMs: 20 } as const;

const shardOf = (cells: DataCenterCells): ShardReport | undefined =>
  cells.replication().shards.find(({ shard }) => shard === '07');
const balanceAt = (cells: DataCenterCells, cell: string, primary: string) =>
  askCell(instanceOf(cells, cell), '/ledger/balance', { says: { primary, 'data-center': cells.dataCenter } });
const asideAt = async (cells: { readonly url: string }) => {
  const headers = { authorization: `Bearer ${PEER_TOKEN}` };
  return (await (await fetch(`${cells.url}/gate/v1/aside`, { headers })).json()) as {
    total: number;
    entries: { id: string; amount: number; verdict: string }[];
  };
};
const post = async (gate: GateClient, call: string, body: object) => {
  const response = await fetch(`${gate.url}/gate/v1/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${PEER_TOKEN}` },
    body: JSON.stringify(body),
  });
  return response.json();
};

/** A planned move of shard 07 as the operation runner does it; `grant` at epoch + 1 changes the table. */
async function move(from: GateClient, to: GateClient, owner: GateOwner, epoch: number, grant: () => void) {
  answered(await from.fence(at(epoch)));
  const { shard, position } = only(answered(await from.position(at(epoch))));
  const caughtUp = answered(await to.caughtUp({ ...at(epoch), positions: [{ shard, position }], waitMs: 10_000 }));
  assert.equal(caughtUp.caughtUp, true);
  assert.equal(only(answered(await to.promote({ ...at(epoch + 1), owner }))).role, 'writable');
  grant();
  return only(answered(await from.follow({ ...at(epoch + 1), owner })));
}

test('failover, failback and failover again under load keep every acknowledged entry, once', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b', 'sz-a'], { replication: PATIENT });
  const table: ShardTable = { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 };
  const writers = new ShardWriters(all, table);
  const writing = writers.run(6);
  const gates = { 'hz-a': gateOf(t, all['hz-a']), 'hz-b': gateOf(t, all['hz-b']), 'sz-a': gateOf(t, all['sz-a']) };
  const places = [
    ['hz-a', 'RZ01A', HZ_A],
    ['sz-a', 'RZ05A', SZ_A],
    ['hz-a', 'RZ01A', HZ_A],
    ['hz-b', 'RZ01B', HZ_B],
    ['sz-a', 'RZ05A', SZ_A],
  ] as const;
  for (const [index, [dataCenter, cell, owner]] of places.entries()) {
    const [from] = places[index - 1] ?? [];
    const enough = writers.acknowledged.size + 40;
    if (from !== undefined) {
      const epoch = table.epoch + 1;
      const followed = await move(gates[from], gates[dataCenter], owner, epoch, () =>
        Object.assign(table, { dataCenter, cell, epoch: epoch + 1 }),
      );
      assert.equal(followed.setAside, 0, 'a planned move sets nothing aside');
    }
    await eventually('writes go on', () => writers.acknowledged.size >= enough || writers.strange.length > 0);
  }
  writers.stop();
  await writing;
  assert.deepEqual(
    writers.strange.map(({ status, text }) => [status, text]),
    [],
  );
  const final = { balance: writers.sum, entries: writers.acknowledged.size };
  assert.deepEqual((await balanceAt(all['sz-a'], 'RZ05A', 'sz-a')).body, final);
  for (const name of ['hz-a', 'hz-b'] as const)
    await eventually(`the copy in ${name} is complete`, () => {
      const [here, there] = [shardOf(all[name]), shardOf(all['sz-a'])];
      return here?.offset === there?.offset && here?.lineage === table.epoch && here.role === 'copy';
    });
});

test('after a promotion the new primary sends to the copies of its own unit, and late entries of the old one are refused', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b', 'sh-a', 'sz-a'], { replication: PATIENT });
  await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 }, 'a', 1);
  await eventually('all have it', () => Object.values(all).every((cells) => shardOf(cells)?.offset === 1));
  await move(gateOf(t, all['hz-a']), gateOf(t, all['hz-b']), HZ_B, 2, () => {});
  assert.equal((await writeBy(all, { dataCenter: 'hz-b', cell: 'RZ01B', epoch: 3 }, 'b', 2)).status, 201);
  assert.equal(shardOf(all['hz-a'])?.offset, 2, 'the same-city copy has it when it is acknowledged');
  for (const cells of [all['sh-a'], all['sz-a']])
    await eventually('the others have it', () => shardOf(cells)?.offset === 2 && shardOf(cells)?.lineage === 3);
  const old = await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 }, 'c', 4);
  assert.deepEqual([old.status, old.headers.get('ldc-not-executed')], [409, 'STALE_EPOCH']);
  const early = await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 9 }, 'c', 4);
  assert.deepEqual([early.status, early.headers.get('ldc-not-executed')], [503, 'NOT_PROMOTED']);
});

test('a copy that may answer reads for a data center still asks it about a shard that moved there unheard', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'sh-a', 'sh-b'], { replication: PATIENT });
  // With this write sh-b is told that it has all that sh-a acknowledged.
  const says = { shard: '45', 'user-id': '100045', 'data-center': 'sh-a', primary: 'sh-a' };
  const write = { body: { id: 'x', amount: 1 }, says };
  assert.equal((await askCell(instanceOf(all['sh-a'], 'RZ03A'), '/ledger/entries', write)).status, 201);
  // From now on it hears nothing about the shard that moves from hz-a to sh-a.
  all['hz-a'].setPeers([all['sh-a']]);
  all['sh-a'].setPeers([all['hz-a']]);
  assert.equal((await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 }, 'a', 7)).status, 201);
  await move(gateOf(t, all['hz-a']), gateOf(t, all['sh-a']), { unit: 'RZ03', dataCenter: 'sh-a' }, 2, () => {});
  assert.equal(shardOf(all['sh-b'])?.offset ?? 0, 0);
  const read = await balanceAt(all['sh-b'], 'RZ03B', 'sh-a');
  assert.deepEqual(read.body, { balance: 7, entries: 1 });
});

test('an emergency with asynchronous copies loses only the recorded range; it is set aside, and comes back by its ids', async (t) => {
  const directory = temporaryDirectory(t);
  const options = { dataCenter: 'hz-a', replication: { ...PATIENT, acknowledge: 'local', delayMs: 600_000 } } as const;
  const lost = await startDataCenterChild(t, { ...options, directory });
  const target = await startCells(t, 'sz-a', { replication: PATIENT });
  const peers = [{ dataCenter: 'hz-a', url: lost.url }, target];
  lost.setPeers(peers);
  target.setPeers(peers);
  const home: ShardTable = { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 };
  const away: ShardTable = { dataCenter: 'sz-a', cell: 'RZ05A', epoch: 3 };
  const cells = { 'hz-a': lost, 'sz-a': target };
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${PEER_TOKEN}` };
  await writeBy(cells, home, 'kept', 1);
  const noDelay = { method: 'PUT', headers, body: JSON.stringify({ delayMs: 0 }) };
  await fetch(`${lost.url}/replication/delay`, noDelay);
  await eventually('the copy has the first', () => shardOf(target)?.offset === 1);
  await fetch(`${lost.url}/replication/delay`, { ...noDelay, body: JSON.stringify({ delayMs: 600_000 }) });
  for (const [id, amount] of [
    ['lost-1', 10],
    ['lost-2', 100],
    ['other', 1_000],
  ] as const)
    assert.equal((await writeBy(cells, home, id, amount)).status, 201);
  await lost.kill();
  const gate = gateOf(t, target);
  assert.equal(only(answered(await gate.promote({ ...at(3), owner: SZ_A }))).position.toString(), '3:1');
  // The client of one lost entry sends it again; another id is used for something else.
  assert.equal((await writeBy(cells, away, 'lost-2', 100)).status, 201);
  assert.equal((await writeBy(cells, away, 'other', 5)).status, 201);
  const again = await startDataCenterChild(t, { ...options, directory });
  const after = [{ dataCenter: 'hz-a', url: again.url }, target];
  again.setPeers(after);
  target.setPeers(after);
  const old = gateOf(t, again);
  assert.equal(only(answered(await old.follow({ ...at(3), owner: SZ_A }))).setAside, 3);
  await eventually('what the owner has is not listed', async () => (await asideAt(again)).total === 2);
  const result = await post(old, 'reconcile', { ...at(3), owner: SZ_A });
  assert.deepEqual(result, { taken: 1, alreadyThere: 0, refused: 1, failed: 0, left: 0 });
  assert.deepEqual(await post(old, 'reconcile', { ...at(3), owner: SZ_A }), {
    taken: 0,
    alreadyThere: 0,
    refused: 0,
    failed: 0,
    left: 0,
  });
  assert.deepEqual(
    (await asideAt(again)).entries.map(({ id, amount, verdict }) => [id, amount, verdict]),
    [['other', 1_000, 'AMOUNT_DIFFERS']],
  );
  assert.deepEqual((await balanceAt(target, 'RZ05A', 'sz-a')).body, { balance: 116, entries: 4 });
});

test('SIGKILL after any call of the gate leaves what it answered in force', async (t) => {
  const directory = temporaryDirectory(t);
  const start = async () => {
    const child = await startDataCenterChild(t, { dataCenter: 'hz-b', directory, replication: PATIENT });
    return { child, gate: gateOf(t, child) };
  };
  const owner = await startCells(t, 'hz-a', { replication: PATIENT });
  const ownerGate = gateOf(t, owner);
  let { child, gate } = await start();
  answered(await gate.fence(at(4)));
  await child.kill();
  ({ child, gate } = await start());
  assert.equal(refusal(await gate.fence(at(3))), 'GATE_STALE');
  assert.equal(only(answered(await gate.promote({ ...at(5), owner: HZ_B }))).role, 'writable');
  await child.kill();
  ({ child, gate } = await start());
  assert.equal(only(answered(await gate.position(at(5)))).position.toString(), '5:0');
  const cells = { 'hz-b': child };
  assert.equal((await writeBy(cells, { dataCenter: 'hz-b', cell: 'RZ01B', epoch: 4 }, 'a', 1)).status, 409);
  assert.equal((await writeBy(cells, { dataCenter: 'hz-b', cell: 'RZ01B', epoch: 5 }, 'a', 1)).status, 201);
  answered(await ownerGate.promote({ ...at(7), owner: HZ_A }));
  child.setPeers([owner]);
  const followed = await eventually('it follows', async () => {
    const result = await gate.follow({ ...at(7), owner: HZ_A });
    return result.kind === 'answered' ? only(result.answer) : null;
  });
  assert.deepEqual([followed.role, followed.setAside], ['copy', 1]);
  await child.kill();
  ({ child, gate } = await start());
  assert.equal(refusal(await gate.promote({ ...at(5), owner: HZ_B })), 'GATE_STALE');
  const place = only(answered(await gate.position(at(7))));
  assert.deepEqual([place.role, place.position.toString()], ['copy', '7:0']);
  assert.equal((await asideAt(child)).total, 1);
});

test('a third copy that holds more than the new owner becomes stale by itself, and follows when it is told', async (t) => {
  const all = await startDataCenters(t, ['hz-a', 'hz-b', 'sz-a'], { replication: PATIENT });
  const [a, b, target] = [all['hz-a'], all['hz-b'], all['sz-a']];
  a.setPeers([b]);
  assert.equal(
    (await writeBy(all, { dataCenter: 'hz-a', cell: 'RZ01A', epoch: 1 }, 'only-in-hangzhou', 1)).status,
    201,
  );
  assert.equal(shardOf(b)?.offset, 1);
  answered(await gateOf(t, target).promote({ ...at(3), owner: SZ_A }));
  assert.equal((await writeBy(all, { dataCenter: 'sz-a', cell: 'RZ05A', epoch: 3 }, 'new', 5)).status, 201);
  await eventually('it knows that it is no target', () => shardOf(b)?.role === 'stale');
  const gate = gateOf(t, b);
  assert.equal(refusal(await gate.promote({ ...at(5), owner: HZ_B })), 'GATE_NOT_A_COPY');
  assert.equal(only(answered(await gate.follow({ ...at(5), owner: SZ_A }).then(orRepeat))).role, 'copy');
  async function orRepeat(result: Awaited<ReturnType<GateClient['follow']>>) {
    // The owner was promoted at 3: at 5 there is nobody to follow yet.
    assert.equal(refusal(result), 'GATE_OWNER_NOT_READY');
    answered(await gateOf(t, target).promote({ ...at(5), owner: SZ_A }));
    return gate.follow({ ...at(5), owner: SZ_A });
  }
  await eventually('it has the owner’s entry', () => shardOf(b)?.lineage === 5 && shardOf(b)?.offset === 1);
  assert.deepEqual(
    (await asideAt(b)).entries.map(({ id, amount }) => [id, amount]),
    [['only-in-hangzhou', 1]],
  );
  const read = await balanceAt(b, 'RZ01B', 'sz-a');
  assert.deepEqual(read.body, { balance: 5, entries: 1 });
});
