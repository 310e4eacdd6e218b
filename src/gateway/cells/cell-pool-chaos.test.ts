import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rawCell } from '../../../test/support/cell-bench.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellId } from '../../core/ids.ts';
import type { UpstreamRequest } from '../upstream.ts';
import { SILENT_CELL_OBSERVER } from './cell-observer.ts';
import { CellPool } from './cell-pool.ts';
import { DEFAULT_CELL_SETTINGS } from './cell-settings.ts';
import { systemResolver } from './dns-resolver.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What an instance may do with a request, from good to bad. */
const DEEDS = [
  OK,
  OK,
  OK,
  'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nT: 1\r\n\r\n',
  'HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut',
  'HTTP/1.1 2x0\r\n\r\n',
  'reset',
  'silence',
] as const;

test('whatever instances and clients do, each request ends once and every place and connection is given back', async (t) => {
  const random = seededRandom(11);
  const pick = <T>(list: readonly T[]): T => list[random.next() % list.length] as T;
  const cells = await Promise.all(
    [0, 1, 2].map(() =>
      rawCell(t, (socket, head) => {
        const deed = head.startsWith('GET /healthz') ? OK : pick(DEEDS);
        if (deed === 'reset') socket.resetAndDestroy();
        else if (deed !== 'silence')
          socket.write(deed, () => (deed === OK ? undefined : setImmediate(() => socket.end())));
        socket.on('end', () => socket.end());
      }),
    ),
  );
  const pool = new CellPool({
    settings: { ...DEFAULT_CELL_SETTINGS, maxConnectionsPerInstance: 8, queueMs: 200, ejectMs: 20, slowStartMs: 50 },
    clock: machineClock,
    random,
    resolver: systemResolver,
    observer: SILENT_CELL_OBSERVER,
  });
  t.after(() => pool.close(0));
  const health = { path: '/healthz', intervalMs: 50, timeoutMs: 20_000, unhealthyAfter: 2, healthyAfter: 1 };
  const instances = cells.map(({ port }) => `127.0.0.1:${port}`);
  pool.update([{ id: 'RZ01A', dataCenter: 'hz-a', weight: 100, instances, tls: null, health, maxConcurrent: 20 }]);
  await eventually('available', () => pool.isAvailable('RZ01A' as CellId));

  const limits = { connectMs: 5_000, responseHeadMs: 60, bodyIdleMs: 60 };
  const kinds: Partial<UpstreamRequest>[] = [
    { method: 'GET' },
    { method: 'HEAD' },
    { method: 'POST', body: 'none' },
    { method: 'POST', body: 3 },
    { method: 'POST', body: 'chunked' },
    { method: 'GET', upgrade: 'x' },
  ];
  const one = async (): Promise<void> => {
    const answer = new UpstreamRecorder();
    const stream = pool.open(upstreamRequest({ ...pick(kinds), limits }), answer);
    const cancelAfter = random.next() % 4 === 0 ? random.next() % 30 : -1;
    let cancelled = false;
    if (random.next() % 2 === 0) stream.write(Buffer.from('abc'));
    if (random.next() % 3 > 0) stream.end();
    for (let turn = 0; !answer.over && !cancelled; turn += 1) {
      if (turn === cancelAfter) cancelled = true;
      if (turn % 5 === 0) stream.pause();
      else stream.resume();
      await new Promise((resolve) => setTimeout(resolve, cancelAfter < 0 ? 5 : 0));
      if (turn > 4_000) throw new Error(`a request that does not end: status ${answer.status}, ${answer.bytes} bytes`);
    }
    const atEnd = answer.over;
    stream.cancel();
    assert.deepEqual(answer.breaches, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(answer.over, atEnd, 'nothing is told after cancel');
  };
  const worker = async (): Promise<void> => {
    for (let round = 0; round < 25; round += 1) await one();
  };
  await Promise.all(Array.from({ length: 30 }, worker));
  await eventually('every place is free', () => {
    const status = pool.status()[0];
    return status?.inFlight === 0 && status.waiting === 0 && status.instances.every(({ inFlight }) => inFlight === 0);
  });
  await pool.close(0);
  await eventually('every connection is closed', () =>
    cells.every(({ sockets }) => sockets.every((socket) => socket.destroyed || socket.readableEnded)),
  );
});
