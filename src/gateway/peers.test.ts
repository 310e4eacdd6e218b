import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { HandGuard } from '../../test/support/hand-guard.ts';
import { noChance, nodeOf, ObserverRecorder } from '../../test/support/interlink-bench.ts';
import { PipeNetwork } from '../../test/support/pipe-network.ts';
import { UpstreamRecorder, upstreamRequest } from '../../test/support/upstream-recorder.ts';
import type { CellId } from '../core/ids.ts';
import { DEFAULT_INTERLINK_LIMITS } from './interlink/interlink-limits.ts';
import { InterlinkServer } from './interlink/interlink-server.ts';
import { Peers } from './peers.ts';

const ADDRESS = { node: 'gateway-sz-a-1', dataCenter: 'sz-a', interlink: 'h:1' };

/** The peers of a gateway in hz-a, and one gateway in sz-a, joined in memory. */
function bench() {
  const clock = new HandClock();
  const guard = new HandGuard();
  const observer = new ObserverRecorder();
  const [own, other] = [nodeOf('hz-a'), nodeOf('sz-a')];
  const network = new PipeNetwork(own, other);
  const server = new InterlinkServer({
    own: other,
    upstream: guard,
    clock,
    limits: DEFAULT_INTERLINK_LIMITS,
    observer,
  });
  network.listener = (connection, proven) => server.accept(connection, proven);
  let changes = 0;
  const peers = new Peers({
    realm: 'demo',
    clock,
    link: { own, dialer: network, clock, random: noChance, limits: DEFAULT_INTERLINK_LIMITS, observer },
    retireMs: 5_000,
    onChange: () => {
      changes += 1;
    },
  });
  return { clock, guard, network, server, peers, changes: () => changes };
}

test('a gateway of the directory is dialled, and its data center can be reached then', () => {
  const { network, peers, guard } = bench();
  peers.update([ADDRESS]);
  assert.equal(peers.healthOf('sz-a').isReachable, false);
  network.run();
  assert.equal(peers.healthOf('sz-a').isReachable, true);
  assert.deepEqual(
    peers.status().map(({ node, state }) => [node, state]),
    [['gateway-sz-a-1', 'ready']],
  );
  const seen = new UpstreamRecorder();
  peers.upstreamOf('sz-a').open(upstreamRequest(), seen);
  network.run();
  assert.equal(guard.exchanges.length, 1);
  peers.close();
});

test('a data center without a gateway cannot be reached: not executed', () => {
  const { peers } = bench();
  const seen = new UpstreamRecorder();
  const stream = peers.upstreamOf('sz-a').open(upstreamRequest(), seen);
  assert.deepEqual([seen.failure?.code, seen.failure?.executed], ['INTERLINK_DOWN', 'no']);
  assert.equal(stream.write(new Uint8Array(1)), true);
  assert.equal(peers.healthOf('sz-a').isReachable, false);
});

test('cells that a gateway calls unhealthy are not available there, and every change is told', () => {
  const { network, peers, server, changes } = bench();
  peers.update([ADDRESS]);
  network.run();
  const before = changes();
  server.setUnhealthyCells(['RZ05A' as CellId]);
  network.run();
  assert.deepEqual(
    [peers.healthOf('sz-a').isCellAvailable('RZ05A'), peers.healthOf('sz-a').isCellAvailable('CZSZA')],
    [false, true],
  );
  assert.ok(changes() > before);
  peers.close();
});

test('a directory that forgets a connected gateway does not cut its link: the store may have been wiped', () => {
  const { network, peers, guard } = bench();
  peers.update([ADDRESS]);
  network.run();
  peers.update([]);
  assert.equal(peers.healthOf('sz-a').isReachable, true);
  peers.upstreamOf('sz-a').open(upstreamRequest(), new UpstreamRecorder());
  network.run();
  assert.equal(guard.exchanges.length, 1);
  // When the link goes, so does the gateway: nobody says any more that it should be dialled.
  network.last.near.cut('test');
  network.run();
  assert.deepEqual(peers.status(), []);
  assert.equal(peers.healthOf('sz-a').isReachable, false);
  peers.close();
});

test('a gateway that is gone and not connected is let go at once', () => {
  const { network, peers } = bench();
  network.listener = null;
  peers.update([ADDRESS]);
  network.run();
  peers.update([]);
  assert.deepEqual(peers.status(), []);
});

test('an address that nobody can dial, and a second update with the same list, change nothing', () => {
  const { network, peers } = bench();
  peers.update([{ ...ADDRESS, interlink: 'nowhere' }]);
  assert.deepEqual(peers.status(), []);
  peers.update([ADDRESS]);
  network.run();
  peers.update([ADDRESS]);
  network.run();
  assert.equal(network.pipes.length, 1);
  peers.close();
});
