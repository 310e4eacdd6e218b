import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askCell } from '../../test/support/cell-request.ts';
import { instanceOf, startCells, startDataCenters } from '../../test/support/ledger-cells.ts';

test('whoami tells what the gateway said and where the request came to', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const r = await askCell(instanceOf(cells, 'RZ01A'), '/whoami');
  assert.equal(r.status, 200);
  const about = { userId: '100007', shard: '07', unit: 'RZ01', cell: 'RZ01A', dataCenter: 'hz-a', epoch: 3 };
  assert.deepEqual(r.body, about);
  const g = await askCell(instanceOf(cells, 'GZ00A'), '/global/whoami');
  assert.deepEqual(g.body, { userId: null, shard: 'G', unit: 'GZ00', cell: 'GZ00A', dataCenter: 'hz-a', epoch: 3 });
});

test('an entry is taken once: a repeat gets the first answer, another amount 409', async (t) => {
  const cells = await startCells(t, 'hz-a', { replication: { acknowledge: 'local' } });
  const cell = instanceOf(cells, 'RZ01A');
  const post = (body: unknown, epoch = '3') => askCell(cell, '/ledger/entries', { body, says: { epoch } });
  const first = await post({ id: 'a', amount: 5 });
  assert.deepEqual([first.status, first.body], [201, { id: 'a', balance: 5, cell: 'RZ01A', epoch: 3 }]);
  assert.equal((await post({ id: 'b', amount: -7 })).body.balance, -2);
  const repeat = await post({ id: 'a', amount: 5 }, '9');
  assert.deepEqual([repeat.status, repeat.text], [200, first.text]);
  const other = await post({ id: 'a', amount: 6 });
  assert.deepEqual([other.status, other.body.error.code], [409, 'AMOUNT_DIFFERS']);
  const entry = await askCell(cell, '/ledger/entries/a');
  assert.deepEqual([entry.status, entry.body], [200, { id: 'a', amount: 5, balance: 5, cell: 'RZ01A', epoch: 3 }]);
  assert.equal((await askCell(cell, '/ledger/entries/nobody')).status, 404);
  assert.deepEqual((await askCell(cell, '/ledger/balance')).body, { balance: -2, entries: 2 });
  const stranger = await askCell(cell, '/ledger/balance', { says: { 'user-id': '200007' } });
  assert.deepEqual(stranger.body, { balance: 0, entries: 0 });
});

test('the global ledger is one account, whoever asks', async (t) => {
  const cells = await startCells(t, 'hz-a', { replication: { acknowledge: 'local' } });
  const cell = instanceOf(cells, 'GZ00A');
  const posted = await askCell(cell, '/global/ledger/entries', {
    body: { id: 'g', amount: 3 },
    says: { 'user-id': '42' },
  });
  assert.deepEqual([posted.status, posted.body], [201, { id: 'g', balance: 3, cell: 'GZ00A', epoch: 3 }]);
  assert.deepEqual((await askCell(cell, '/global/ledger/balance')).body, { balance: 3, entries: 1 });
  assert.equal((await askCell(cell, '/global/ledger/entries/g')).body.amount, 3);
});

test('bad input gets a status and a reason, and changes nothing', async (t) => {
  const cells = await startCells(t, 'hz-a', { replication: { acknowledge: 'local' } });
  const cell = instanceOf(cells, 'RZ01A');
  const expectError = async (path: string, ask: Parameters<typeof askCell>[2], status: number, code: string) => {
    const answer = await askCell(cell, path, ask);
    assert.deepEqual([answer.status, answer.body?.error?.code], [status, code], `${path} ${JSON.stringify(ask)}`);
    assert.ok(answer.body.error.message.length > 10);
  };
  await expectError('/ledger/entries', { body: '{' }, 400, 'BAD_INPUT');
  await expectError('/ledger/entries', { body: { id: 'a', amount: 0.5 } }, 400, 'BAD_INPUT');
  await expectError('/ledger/entries', { body: { id: 'a', amount: 'x'.repeat(9_000) } }, 413, 'BODY_TOO_LARGE');
  await expectError('/ledger/entries', { body: 'id=a', headers: { 'content-type': 'text/plain' } }, 415, 'NOT_JSON');
  await expectError('/ledger/entries', { method: 'POST' }, 415, 'NOT_JSON');
  await expectError('/ledger/entries', { method: 'DELETE' }, 405, 'METHOD_NOT_ALLOWED');
  await expectError('/ledger/entries/a%00b', {}, 400, 'BAD_INPUT');
  await expectError('/ledger/entries/%ff', {}, 400, 'BAD_INPUT');
  await expectError(`/ledger/entries/${'x'.repeat(65)}`, {}, 400, 'BAD_INPUT');
  await expectError('/nothing/here', {}, 404, 'NOT_FOUND');
  await expectError('/catalog/items', {}, 404, 'NOT_FOUND');
  await expectError('/slow?ms=-1', {}, 400, 'BAD_INPUT');
  await expectError('/ws', {}, 426, 'UPGRADE_REQUIRED');
  assert.deepEqual((await askCell(cell, '/ledger/balance')).body, { balance: 0, entries: 0 });
});

test('headers that are missing or contradict are refused with their name', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const cases: [Parameters<typeof askCell>[2], number][] = [
    [{ says: { unit: null } }, 400],
    [{ says: { cell: null } }, 400],
    [{ says: { shard: null } }, 400],
    [{ says: { shard: '7' } }, 400],
    [{ says: { shard: '100' } }, 400],
    [{ says: { epoch: null } }, 400],
    [{ says: { epoch: '-1' } }, 400],
    [{ says: { epoch: '99999999999999999' } }, 400],
    [{ says: { primary: '' } }, 400],
    [{ says: { 'user-id': null } }, 400],
    [{ says: { 'user-id': '1'.repeat(65) } }, 400],
    [{ says: { shard: 'G' } }, 421],
    [{ says: { unit: 'RZ02' } }, 421],
    [{ says: { cell: 'RZ01B' } }, 421],
    [{ says: { 'data-center': 'sh-a' } }, 421],
  ];
  for (const [ask, status] of cases) {
    const answer = await askCell(cell, '/whoami', ask);
    assert.equal(answer.status, status, JSON.stringify(ask));
    assert.match(answer.body.error.message, new RegExp(`ldc-${Object.keys(ask?.says ?? {})[0]}`));
  }
});

test('a C cell serves the catalogue to safe methods, with entity tags', async (t) => {
  const cells = await startCells(t, 'hz-b');
  const found = cells.instances.find((instance) => instance.kind === 'C');
  assert.ok(found !== undefined);
  const about = { 'data-center': 'hz-b', shard: null, epoch: null, primary: null };
  const x = await askCell(found, '/catalog/x', { says: about });
  assert.equal(x.status, 200);
  assert.deepEqual(x.body, { cell: found.cell, dataCenter: 'hz-b', unit: found.unit, item: { id: 'x' } });
  const items = await askCell(found, '/catalog/items', { says: about });
  assert.equal(items.body.items.length, 100);
  assert.equal((await askCell(found, '/catalog/items/7', { says: about })).body.item.id, '7');
  assert.equal((await askCell(found, '/catalog/items/700', { says: about })).status, 404);
  const tag = items.headers.get('etag') ?? '';
  const again = await askCell(found, '/catalog/items', { says: about, headers: { 'if-none-match': `"z", ${tag}` } });
  assert.deepEqual([again.status, again.text], [304, '']);
  assert.equal((await askCell(found, '/catalog/x', { says: about, method: 'POST' })).status, 405);
  assert.equal((await askCell(found, '/ledger/balance', { says: about })).status, 404);
});

test('every instance of a cell has its own listener and answers /healthz without the gateway’s headers', async (t) => {
  const cells = await startCells(t, 'hz-a', { instancesPerCell: 2 });
  const own = cells.instances.filter((instance) => instance.cell === 'RZ01A');
  assert.deepEqual(
    own.map((instance) => instance.instance),
    ['RZ01A-1', 'RZ01A-2'],
  );
  assert.equal(new Set(cells.instances.map((instance) => instance.address)).size, cells.instances.length);
  for (const { address } of own) {
    const answer = await fetch(`http://${address}/healthz`);
    assert.deepEqual([answer.status, ((await answer.json()) as { status: string }).status], [200, 'ok']);
  }
});

test('a write whose primary is nowhere to be reached is refused as not executed', async (t) => {
  const cells = await startCells(t, 'hz-b', { replication: { passOnMs: 300 } });
  const cell = instanceOf(cells, 'RZ01B');
  const post = () => askCell(cell, '/ledger/entries', { body: { id: 'a', amount: 1 } });
  assert.deepEqual([(await post()).status, (await post()).body.error.code], [503, 'PRIMARY_UNREACHABLE']);
  cells.setPeers([{ dataCenter: 'hz-a', url: 'http://127.0.0.1:1' }]);
  assert.deepEqual([(await post()).status, (await post()).body.error.code], [503, 'PRIMARY_UNREACHABLE']);
});

test('an unknown data center, a taken port and settings that contradict are refused by name', async (t) => {
  const cells = await startCells(t, 'sz-a');
  const port = Number(new URL(cells.url).port);
  await assert.rejects(startCells(t, 'mars-a'), /data center mars-a is not in the topology/);
  await assert.rejects(startCells(t, 'sz-a', { processPort: port }), /EADDRINUSE/);
  await assert.rejects(startCells(t, 'sz-a', { replication: { freshMs: 5_000 } }), /freshMs is 5000/);
});

// Found by the failover benchmark: a guard that had read of a freeze before the edge sent reads on without `ldc-primary`, and
// each got 400 HEADERS_MISSING.
test('while the shard moves nobody is primary: reads are answered by the copy that was it, writes are refused', async (t) => {
  const { 'hz-a': here, 'hz-b': there } = await startDataCenters(t, ['hz-a', 'hz-b']);
  const [first, second] = [instanceOf(here, 'RZ01A'), instanceOf(there, 'RZ01B')];
  const says = { primary: null };
  assert.equal((await askCell(first, '/ledger/entries', { body: { id: 'a', amount: 5 } })).status, 201);
  for (const cell of [first, second]) {
    const balance = await askCell(cell, '/ledger/balance', { says });
    assert.deepEqual([balance.status, balance.body], [200, { balance: 5, entries: 1 }]);
    const write = await askCell(cell, '/ledger/entries', { body: { id: 'b', amount: 5 }, says });
    assert.deepEqual([write.status, write.body.error.code], [400, 'HEADERS_MISSING']);
  }
});
