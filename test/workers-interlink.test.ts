import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoorCallers } from './support/door-callers.ts';
import { eventually } from './support/eventually.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { WorkerRealm } from './support/worker-realm.ts';

/** Of e1's unit, asked for at w1's door. */
const GET = 'GET /a HTTP/1.1\r\nHost: h\r\nX-User-Id: 1001\r\n\r\n';

test('a hot restart of the gateway in front of the cells fails no request that comes over the interlink', async (t) => {
  const realm = await WorkerRealm.start(t);
  const [east, west] = await Promise.all([GatewayProcess.start(realm, 'e1'), GatewayProcess.start(realm, 'w1')]);
  await eventually('they reach each other', async () => {
    const all = await Promise.all([east.status(), west.status()]);
    return all.every(({ unavailableCells }) => unavailableCells.length === 0);
  });
  const callers = new DoorCallers(west.ports.door, GET);
  t.after(() => callers.stop());
  callers.start('kept', 4);
  await eventually('they are answered', () => callers.answers('kept') > 20);
  const before = (await east.workers()).map(({ worker }) => worker);
  east.signal('SIGHUP');
  await eventually(
    'new workers have all interlinks',
    async () => {
      const { workers } = await east.status();
      return workers.every(({ worker }) => !before.includes(worker));
    },
    120_000,
  );
  const seen = callers.answers('kept');
  await eventually('the callers go on', () => callers.answers('kept') > seen + 20);
  await callers.stop();
  assert.deepEqual(callers.failures.slice(0, 5), [], `${callers.failures.length} failures`);
});
