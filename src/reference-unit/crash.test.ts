import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { askCell } from '../../test/support/cell-request.ts';
import { type DataCenterChild, startDataCenterChild } from '../../test/support/data-center-child.ts';
import { eventually } from '../../test/support/eventually.ts';
import { answered, at, gateOf, HZ_B } from '../../test/support/gate-calls.ts';
import { instanceOf, temporaryDirectory } from '../../test/support/ledger-cells.ts';

const OPTIONS = {
  replication: { copyTimeoutMs: 15_000, callTimeoutMs: 5_000, freshMs: 10_000, passOnMs: 20_000 },
} as const;

const introduce = (...children: DataCenterChild[]): void => {
  const peers = children.map(({ dataCenter, url }) => ({ dataCenter, url }));
  for (const child of children) child.setPeers(peers);
};

const post = (child: DataCenterChild, cell: string, id: string, amount: number, primary = 'hz-a', epoch = '3') =>
  askCell(instanceOf(child, cell), '/ledger/entries', { body: { id, amount }, says: { primary, epoch } });

/** Eight writers at each cell until the first one fails; returns the acknowledged entries. */
async function writeUntilKilled(
  children: readonly (readonly [DataCenterChild, string])[],
  acknowledged: Map<string, { amount: number; balance: number }>,
): Promise<void> {
  const writers = children.flatMap(([child, cell]) =>
    Array.from({ length: 4 }, (_, writer) => ({ child, cell, writer })),
  );
  await Promise.all(
    writers.map(async ({ child, cell, writer }) => {
      for (let n = 1; ; n += 1) {
        const id = `${cell}-${writer}-${n}`;
        const answer = await post(child, cell, id, n).catch(() => null);
        if (answer === null || answer.status >= 500) return;
        assert.equal(answer.status, 201);
        acknowledged.set(id, { amount: n, balance: answer.body.balance });
      }
    }),
  );
}

const checkAll = async (
  child: DataCenterChild,
  cell: string,
  primary: string,
  acknowledged: ReadonlyMap<string, { amount: number; balance: number }>,
): Promise<void> => {
  for (const [id, expected] of acknowledged) {
    const { status, body } = await askCell(instanceOf(child, cell), `/ledger/entries/${id}`, { says: { primary } });
    assert.deepEqual([status, body.amount, body.balance], [200, expected.amount, expected.balance], id);
  }
};

test('SIGKILL of the primary’s process during writes loses no acknowledged entry: here after a restart, and in the copy', async (t) => {
  const directory = temporaryDirectory(t);
  const primary = await startDataCenterChild(t, { dataCenter: 'hz-a', directory, ...OPTIONS });
  const copy = await startDataCenterChild(t, {
    dataCenter: 'hz-b',
    directory: temporaryDirectory(t),
    replication: { ...OPTIONS.replication, passOnMs: 500 },
  });
  introduce(primary, copy);
  const acknowledged = new Map<string, { amount: number; balance: number }>();
  const writing = writeUntilKilled(
    [
      [primary, 'RZ01A'],
      [copy, 'RZ01B'],
    ],
    acknowledged,
  );
  await eventually('enough was written', () => acknowledged.size >= 100);
  await primary.kill();
  await writing;
  // As an emergency would have it: the copy's data center is the primary now.
  answered(await gateOf(t, copy).promote({ ...at(5), owner: HZ_B }));
  await checkAll(copy, 'RZ01B', 'hz-b', acknowledged);
  const again = await startDataCenterChild(t, { dataCenter: 'hz-a', directory, ...OPTIONS });
  await checkAll(again, 'RZ01A', 'hz-a', acknowledged);
  introduce(again, copy);
  answered(await gateOf(t, again).follow({ ...at(5), owner: HZ_B }));
  for (const [id, { amount, balance }] of [...acknowledged].slice(-10)) {
    const repeat = await post(again, 'RZ01A', id, amount, 'hz-b', '5');
    assert.deepEqual([repeat.status, repeat.body.balance], [200, balance]);
  }
  assert.equal((await post(again, 'RZ01A', 'after', 1, 'hz-b', '5')).status, 201);
  assert.equal(await again.stop(), 0);
});

test('the loss of the primary’s process and directory leaves every acknowledged entry in the same-city copy', async (t) => {
  const directory = temporaryDirectory(t);
  const primary = await startDataCenterChild(t, { dataCenter: 'hz-a', directory, ...OPTIONS });
  const copy = await startDataCenterChild(t, {
    dataCenter: 'hz-b',
    directory: temporaryDirectory(t),
    replication: { copyTimeoutMs: 500, freshMs: 400 },
  });
  introduce(primary, copy);
  const acknowledged = new Map<string, { amount: number; balance: number }>();
  const writing = writeUntilKilled([[primary, 'RZ01A']], acknowledged);
  await eventually('enough was written', () => acknowledged.size >= 50);
  await primary.kill();
  rmSync(directory, { recursive: true, force: true });
  await writing;
  await checkAll(copy, 'RZ01B', 'hz-b', acknowledged);
  answered(await gateOf(t, copy).promote({ ...at(5), owner: HZ_B }));
  const more = await post(copy, 'RZ01B', 'after', 1, 'hz-b', '5');
  assert.equal(more.status, 201);
});

test('SIGKILL of the copy’s process loses nothing either: it comes back and catches up', async (t) => {
  const directory = temporaryDirectory(t);
  const primary = await startDataCenterChild(t, { dataCenter: 'hz-a', directory: temporaryDirectory(t), ...OPTIONS });
  const copy = await startDataCenterChild(t, { dataCenter: 'hz-b', directory, ...OPTIONS });
  introduce(primary, copy);
  assert.equal((await post(primary, 'RZ01A', 'a', 1)).status, 201);
  await copy.kill();
  const waiting = post(primary, 'RZ01A', 'b', 2);
  const again = await startDataCenterChild(t, { dataCenter: 'hz-b', directory, ...OPTIONS });
  introduce(primary, again);
  assert.equal((await waiting).status, 201);
  assert.deepEqual((await askCell(instanceOf(again, 'RZ01B'), '/ledger/balance')).body, { balance: 3, entries: 2 });
});
