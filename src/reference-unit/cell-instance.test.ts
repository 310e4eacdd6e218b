import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { askCell, gatewayHeaders } from '../../test/support/cell-request.ts';
import { eventually } from '../../test/support/eventually.ts';
import { instanceOf, startCells } from '../../test/support/ledger-cells.ts';
import type { RunningInstance } from './data-center-process.ts';
import type { InFlightReport } from './in-flight.ts';

/** Sends bytes and returns all that came until the other side closed, or until one answer came. */
async function sendRaw(instance: Pick<RunningInstance, 'address'>, bytes: string | Uint8Array): Promise<string> {
  const [host, port] = instance.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (text.includes('\r\n\r\n')) socket.destroy();
  });
  const closed = once(socket, 'close');
  socket.end(bytes);
  await closed;
  return text;
}

const visible = fc.string({ minLength: 0, maxLength: 30, unit: 'binary-ascii' });

test('no bytes whatever end the process or an answer without a status', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const cell = instanceOf(cells, 'RZ01A');
  const headers = Object.entries(gatewayHeaders(cell)).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT'),
      path: fc.oneof(
        fc.constantFrom(
          '/ledger/entries',
          '/ledger/entries/a',
          '/whoami',
          '/ws',
          '/echo',
          '/',
          '*',
          '//',
          '/%',
          '/a b',
        ),
        visible,
      ),
      more: fc.constantFrom(
        '',
        'content-type: application/json\r\n',
        'content-length: 5\r\n',
        'upgrade: websocket\r\n',
      ),
      body: visible,
    })
    .map((r) => `${r.method} ${r.path} HTTP/1.1\r\nhost: x\r\n${headers.join('')}${r.more}\r\n${r.body}`);
  const bytes = fc.oneof({ weight: 4, arbitrary: head }, visible, fc.uint8Array({ maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      const answer = await sendRaw(cell, sent);
      assert.ok(answer === '' || /^HTTP\/1\.1 [2-5]\d\d /.test(answer), answer);
      assert.doesNotMatch(answer, /^HTTP\/1\.1 500 /, `${sent}`);
    }),
    { numRuns: 300 },
  );
  assert.equal((await askCell(cell, '/whoami')).status, 200);
});

test('the process’s own listener survives any bytes too', async (t) => {
  const cells = await startCells(t, 'hz-a');
  const address = new URL(cells.url).host;
  const bytes = fc.oneof(
    visible,
    fc.uint8Array({ maxLength: 200 }),
    visible.map((path) => `GET /${path} HTTP/1.1\r\nhost: x\r\n\r\n`),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (sent) => {
      assert.doesNotMatch(await sendRaw({ address }, sent), /^HTTP\/1\.1 500 /);
    }),
    { numRuns: 100 },
  );
  assert.equal((await fetch(`${cells.url}/healthz`)).status, 200);
});

test('above maxInFlight a request is told so at once', async (t) => {
  const cells = await startCells(t, 'hz-a', { limits: { maxInFlight: 2 } });
  const cell = instanceOf(cells, 'RZ01A');
  const slow = [1, 2].map(() => askCell(cell, '/slow?ms=60000').catch(() => 'ended by the stop'));
  await eventually('both are in flight', async () => {
    const report = (await (await fetch(`${cells.url}/inflight`)).json()) as InFlightReport;
    return report.inFlight === 2;
  });
  const answer = await askCell(cell, '/whoami');
  assert.deepEqual([answer.status, answer.body.error.code], [503, 'OVERLOADED']);
  await cells.stop(0);
  assert.deepEqual(await Promise.all(slow), ['ended by the stop', 'ended by the stop']);
});
