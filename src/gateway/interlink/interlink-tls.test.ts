import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { eventually } from '../../../test/support/eventually.ts';
import { HandGuard } from '../../../test/support/hand-guard.ts';
import { EdgeRecorder, noChance, nodeOf, ObserverRecorder } from '../../../test/support/interlink-bench.ts';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { TcpRelay } from '../../../test/support/tcp-relay.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';
import { upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { RealmId } from '../../core/ids.ts';
import type { UpstreamRequest, UpstreamStream } from '../upstream.ts';
import type { OwnNode } from './hello.ts';
import type { InterlinkCertificates } from './interlink-certificates.ts';
import { InterlinkDialer } from './interlink-dialer.ts';
import type { InterlinkLimits } from './interlink-limits.ts';
import { DEFAULT_INTERLINK_LIMITS } from './interlink-limits.ts';
import { InterlinkListener } from './interlink-listener.ts';
import { InterlinkPeer } from './interlink-peer.ts';
import { InterlinkServer } from './interlink-server.ts';
import { identityUri } from './peer-identity.ts';

const authority = createTestAuthority();
const stranger = createTestAuthority('another authority');
const MIB = 1_048_576;

/** Everything that a test started, ended last first, also when it failed. */
const running: (() => void)[] = [];
after(() => {
  for (const end of running.reverse()) end();
});

const certificatesOf = (node: OwnNode, validForMs?: number): InterlinkCertificates => ({
  caPem: authority.caPem,
  ...authority.issue({
    commonName: node.node,
    uris: [identityUri(node)],
    ...(validForMs === undefined ? {} : { validForMs }),
  }),
});

interface GuardSide {
  readonly guard: HandGuard;
  readonly server: InterlinkServer;
  readonly listener: InterlinkListener;
  readonly observer: ObserverRecorder;
  readonly port: number;
  stop(): void;
}

async function startGuard(
  certificates = certificatesOf(nodeOf('sz-a')),
  port = 0,
  own = nodeOf('sz-a'),
): Promise<GuardSide> {
  const guard = new HandGuard();
  const observer = new ObserverRecorder();
  const server = new InterlinkServer({
    own,
    upstream: guard,
    clock: machineClock,
    limits: DEFAULT_INTERLINK_LIMITS,
    observer,
  });
  const setting = { certificates, server, clock: machineClock, observer, handshakeMs: 20_000, maxConnections: 100 };
  const listener = new InterlinkListener(setting);
  const address: AddressInfo = await listener.listen(port, '127.0.0.1');
  const stop = () => {
    listener.close();
    server.close();
  };
  running.push(stop);
  return { guard, server, listener, observer, port: address.port, stop };
}

interface EdgeSide {
  readonly peer: InterlinkPeer;
  readonly dialer: InterlinkDialer;
  readonly observer: ObserverRecorder;
  open(part?: Partial<UpstreamRequest>): { stream: UpstreamStream; seen: EdgeRecorder };
}

interface EdgeOptions {
  readonly own?: OwnNode;
  readonly certificates?: InterlinkCertificates;
  readonly target?: OwnNode;
  readonly limits?: Partial<InterlinkLimits>;
}

function startEdge(port: number, options: EdgeOptions = {}): EdgeSide {
  const own = options.own ?? nodeOf('hz-a');
  const observer = new ObserverRecorder();
  const dialer = new InterlinkDialer(options.certificates ?? certificatesOf(own), machineClock);
  const target = { host: '127.0.0.1', port, identity: options.target ?? nodeOf('sz-a') };
  const limits = { ...DEFAULT_INTERLINK_LIMITS, dialMs: 20_000, helloMs: 20_000, ...options.limits };
  const peer = new InterlinkPeer(
    { own, target, dialer, clock: machineClock, random: noChance, limits, observer },
    { stateChanged: () => undefined, unhealthyCellsChanged: () => undefined },
  );
  peer.start();
  running.push(() => peer.close());
  const open: EdgeSide['open'] = (part = {}) => {
    const seen = new EdgeRecorder();
    return { seen, stream: peer.open(upstreamRequest(part), seen) };
  };
  return { peer, dialer, observer, open };
}

/** A cell that sends back what it gets, no faster than it is taken. */
function echo(guard: HandGuard, status = 200): void {
  guard.onOpen = (exchange) => {
    exchange.keeps = false;
    exchange.write = (chunk) => {
      exchange.events.data(chunk);
      return !exchange.isPaused;
    };
    exchange.end = () => exchange.events.end([]);
    exchange.resume = () => {
      exchange.isPaused = false;
      exchange.events.drain();
    };
    exchange.events.admitted();
    exchange.events.head(status, []);
  };
}

const isReady = ({ peer }: EdgeSide): Promise<true> =>
  eventually('the interlink is ready', () => peer.state.state === 'ready');

test('a request and its answer cross mutual TLS, twice over one connection', async () => {
  const side = await startGuard();
  echo(side.guard);
  const edge = startEdge(side.port);
  for (const text of ['first', 'second']) {
    const { stream, seen } = edge.open({ method: 'POST', body: text.length });
    seen.onAdmitted = () => {
      stream.write(Buffer.from(text));
      stream.end();
    };
    await seen.ended();
    assert.equal(seen.text, text);
  }
  assert.equal(side.server.connections, 1);
});

test('20 MiB go both ways at once, whole, with less than 2 MiB on their way', async () => {
  const side = await startGuard();
  echo(side.guard);
  const edge = startEdge(side.port);
  const { stream, seen } = edge.open({ method: 'POST', body: 20 * MIB });
  const sentHash = createHash('sha256');
  const seenHash = createHash('sha256');
  let sent = 0;
  let most = 0;
  const pump = () => {
    for (let goes = true; goes && sent < 20 * MIB; ) {
      const chunk = Buffer.alloc(65_536, sent >> 16);
      chunk.writeUInt32BE(sent, 100);
      sent += chunk.length;
      sentHash.update(chunk);
      goes = stream.write(chunk);
    }
    most = Math.max(most, sent - seen.bytes);
    if (sent === 20 * MIB) stream.end();
  };
  seen.keep = false;
  seen.onData = (chunk) => void seenHash.update(chunk);
  seen.onDrain = pump;
  seen.onHead = pump;
  await seen.ended();
  assert.equal(seen.bytes, 20 * MIB);
  assert.equal(seenHash.digest('hex'), sentHash.digest('hex'));
  assert.ok(most < 2 * MIB, `${most} bytes were on their way`);
});

test('a download that nobody takes stands still after one window while another goes on', async () => {
  const side = await startGuard();
  const edge = startEdge(side.port);
  let produced = 0;
  side.guard.onOpen = (exchange) => {
    const size = exchange.request.target === '/endless' ? Number.POSITIVE_INFINITY : 5 * MIB;
    let left = size;
    const produce = () => {
      while (!exchange.isPaused && left > 0) {
        left -= 65_536;
        if (size > 5 * MIB) produced += 65_536;
        exchange.events.data(Buffer.alloc(65_536));
      }
      if (left === 0) exchange.events.end([]);
    };
    exchange.resume = () => {
      exchange.isPaused = false;
      produce();
    };
    exchange.events.admitted();
    exchange.events.head(200, []);
    setImmediate(produce);
  };
  const slow = edge.open({ target: '/endless' });
  slow.seen.onHead = () => slow.stream.pause();
  await eventually('the slow cell was stopped', () => side.guard.exchanges[0]?.isPaused);
  const other = edge.open();
  other.seen.keep = false;
  await other.seen.ended();
  assert.equal(other.seen.bytes, 5 * MIB);
  assert.ok(produced <= MIB, `${produced} bytes were taken from the cell of the slow stream`);
  slow.stream.cancel();
  await eventually('the cell was told', () => side.guard.exchanges[0]?.isCancelled);
});

test('an upgraded stream echoes over TLS', async () => {
  const side = await startGuard();
  echo(side.guard, 101);
  const { stream, seen } = startEdge(side.port).open({ upgrade: 'websocket' });
  seen.onHead = () => void stream.write(Buffer.from('ping'));
  await eventually('the echo', () => seen.text === 'ping');
  stream.end();
  await seen.ended();
  await eventually('the stream is gone', () => side.server.size === 0);
});

test('a connection that is killed is lost for what was open and is made again', async () => {
  const side = await startGuard();
  side.guard.onOpen = ({ events }) => events.admitted();
  const edge = startEdge(side.port, { limits: { backoffMinMs: 10 } });
  const { seen } = edge.open();
  await eventually('admitted', () => seen.isAdmitted);
  side.server.close();
  assert.equal(await seen.failedAs(), 'INTERLINK_LOST/unknown');
  await isReady(edge);
  echo(side.guard);
  const again = edge.open({ method: 'POST', body: 'chunked' });
  again.seen.onAdmitted = () => again.stream.end();
  await again.seen.ended();
});

test('a server that comes back on its port is found again', async () => {
  const first = await startGuard();
  const edge = startEdge(first.port, { limits: { backoffMinMs: 10, backoffMaxMs: 50 } });
  await isReady(edge);
  first.stop();
  await eventually('the loss is seen', () => edge.peer.state.state === 'down');
  assert.match(edge.peer.state.lastError ?? '', /ECONNREFUSED/);
  await startGuard(undefined, first.port);
  await isReady(edge);
});

test('a link that stalls is dead after the limit', async () => {
  const side = await startGuard();
  const relay = await TcpRelay.start(side.port);
  running.push(() => void relay.stop());
  const edge = startEdge(Number(relay.endpoint.split(':')[1]), { limits: { pingIntervalMs: 100, deadAfterMs: 500 } });
  const { seen } = edge.open();
  await eventually('the head is there', () => side.guard.exchanges.length === 1);
  relay.mode = 'stall';
  assert.equal(await seen.failedAs(), 'INTERLINK_LOST/unknown');
  assert.ok(edge.observer.has(/closed TIMEOUT: no byte from gateway-sz-a-1/));
});

test('new certificates count for new connections, on both sides', async () => {
  const side = await startGuard(certificatesOf(nodeOf('sz-a'), -1_000));
  const edge = startEdge(side.port, {
    certificates: certificatesOf(nodeOf('hz-a'), -1_000),
    limits: { backoffMinMs: 10, backoffMaxMs: 50 },
  });
  await eventually('the guard is refused', () => /expired/.test(edge.peer.state.lastError ?? ''));
  side.listener.reloadCertificates(certificatesOf(nodeOf('sz-a')));
  await eventually('the edge is refused', () => side.observer.has(/rejected .*(expired|EXPIRED)/));
  edge.dialer.reloadCertificates(certificatesOf(nodeOf('hz-a')));
  await isReady(edge);
  const broken = { caPem: authority.caPem, certPem: 'nonsense', keyPem: 'nonsense' };
  assert.throws(() => edge.dialer.reloadCertificates(broken));
  assert.throws(() => side.listener.reloadCertificates(broken));
  assert.equal(edge.peer.state.state, 'ready');
  await isReady(startEdge(side.port));
});

const foreign = nodeOf('hz-a', { realm: 'other' as RealmId });
const refusedEdges: [string, EdgeOptions, RegExp][] = [
  [
    'an authority that is not the realm’s',
    { certificates: { caPem: authority.caPem, ...stranger.issue({ uris: [identityUri(nodeOf('hz-a'))] }) } },
    /guard rejected/,
  ],
  [
    'an expired certificate',
    { certificates: certificatesOf(nodeOf('hz-a'), -1_000) },
    /guard rejected .*(expired|EXPIRED)/,
  ],
  [
    'a certificate that names no node',
    { certificates: { caPem: authority.caPem, ...authority.issue() } },
    /guard rejected .*0 ldc:\/\/ names/,
  ],
  [
    'a certificate of another data center',
    { certificates: certificatesOf(nodeOf('sh-a')) },
    /IDENTITY: HELLO and certificate disagree: data center hz-a, expected sh-a/,
  ],
  ['another realm', { own: foreign }, /REALM: realm other, ours is demo/],
];

for (const [name, options, reason] of refusedEdges) {
  test(`an edge with ${name} is refused, and both sides know it`, async () => {
    const side = await startGuard();
    const edge = startEdge(side.port, options);
    await eventually('the guard says why', () => side.observer.has(reason));
    await eventually('the edge is down', () => edge.peer.state.state === 'down');
    assert.notEqual(edge.peer.state.lastError, null);
    assert.equal(edge.open().seen.failure?.executed, 'no');
    assert.equal(side.guard.exchanges.length, 0);
  });
}

const refusedGuards: [string, () => Promise<GuardSide>, RegExp][] = [
  [
    'an authority that is not the realm’s',
    () => startGuard({ caPem: authority.caPem, ...stranger.issue({ uris: [identityUri(nodeOf('sz-a'))] }) }),
    /certificate|issuer/,
  ],
  ['an expired certificate', () => startGuard(certificatesOf(nodeOf('sz-a'), -1_000)), /expired/],
  [
    'another data center than was dialled',
    () => startGuard(certificatesOf(nodeOf('sh-a')), 0, nodeOf('sh-a')),
    /wrong gateway: data center sh-a, expected sz-a/,
  ],
  [
    'a certificate of another data center',
    () => startGuard(certificatesOf(nodeOf('sz-a')), 0, nodeOf('sh-a')),
    /IDENTITY/,
  ],
];

for (const [name, start, reason] of refusedGuards) {
  test(`a guard with ${name} is not spoken to`, async () => {
    const side = await start();
    const edge = startEdge(side.port);
    await eventually('the edge says why', () => reason.test(edge.peer.state.lastError ?? ''));
    await eventually('the edge is down', () => edge.peer.state.state === 'down');
    assert.equal(side.guard.exchanges.length, 0);
  });
}

test('the port refuses a client without a certificate and one that speaks HTTP', async () => {
  const side = await startGuard();
  const tls = connectTls({ host: '127.0.0.1', port: side.port, ca: authority.caPem });
  tls.on('error', () => undefined);
  tls.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  running.push(() => tls.destroy());
  await eventually('the client without a certificate was cut off', () => tls.closed);
  assert.ok(side.observer.has(/guard rejected .*(certificate|peer did not return)/), side.observer.lines.join('\n'));

  const plain = connectTcp({ host: '127.0.0.1', port: side.port });
  const answer: Buffer[] = [];
  plain.on('data', (bytes: Buffer) => answer.push(bytes));
  plain.on('error', () => undefined);
  plain.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  running.push(() => plain.destroy());
  await eventually('the plain client was cut off', () => plain.closed);
  assert.ok(!Buffer.concat(answer).includes('HTTP'));
  assert.equal(side.server.connections, 0);
});

test('HTTP inside TLS with a good certificate is a protocol error and nothing more', async () => {
  const side = await startGuard();
  const { certPem, keyPem } = certificatesOf(nodeOf('hz-a'));
  const socket = connectTls({ host: '127.0.0.1', port: side.port, ca: authority.caPem, cert: certPem, key: keyPem });
  socket.on('error', () => undefined);
  running.push(() => socket.destroy());
  socket.resume();
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('it was cut off', () => socket.closed);
  assert.ok(side.observer.has(/guard closed PROTOCOL: unknown frame type/), side.observer.lines.join('\n'));
});
