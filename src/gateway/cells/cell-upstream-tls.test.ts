import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { createTestAuthority, type TestCertificate } from '../../../test/support/test-certificates.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../test/support/upstream-recorder.ts';
import type { CellTlsDocument } from '../../core/topology-document.ts';
import { DEFAULT_CELL_SETTINGS } from './cell-settings.ts';
import { CellUpstream } from './cell-upstream.ts';

const authority = createTestAuthority();

async function secureCell(
  t: TestContext,
  certificate: TestCertificate,
): Promise<{ port: number; names: unknown[]; connections: Set<unknown> }> {
  const { certPem, keyPem } = authority.issue(certificate);
  const names: unknown[] = [];
  const connections = new Set<unknown>();
  const server = createServer({ cert: certPem, key: keyPem }, (request, response) => {
    names.push((request.socket as TLSSocket).servername);
    connections.add(request.socket);
    response.end('secret');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, names, connections };
}

function secureUpstream(t: TestContext, port: number, tls: CellTlsDocument, host = '127.0.0.1'): CellUpstream {
  const upstream = new CellUpstream({
    address: { host, port },
    tls,
    settings: DEFAULT_CELL_SETTINGS,
    clock: machineClock,
  });
  t.after(() => upstream.close(0));
  return upstream;
}

async function outcome(upstream: CellUpstream, host = 'cell.example'): Promise<string> {
  const answer = new UpstreamRecorder();
  upstream.open(upstreamRequest({ method: 'POST', headers: ['Host', host] }), answer);
  if (
    await new Promise<boolean>(
      (resolve) =>
        void answer.ended().then(
          () => resolve(true),
          () => resolve(false),
        ),
    )
  )
    return answer.text;
  return `${answer.failure?.code}/${answer.failure?.executed}`;
}

test('a certificate of the given authority and name is accepted; the client’s Host plays no part in it', async (t) => {
  const cell = await secureCell(t, { dnsNames: ['cell.internal'], ips: [] });
  const upstream = secureUpstream(t, cell.port, { serverName: 'cell.internal', ca: authority.caPem });
  assert.equal(await outcome(upstream, 'a.example'), 'secret');
  assert.equal(await outcome(upstream, 'b.example'), 'secret');
  assert.deepEqual(cell.names, ['cell.internal', 'cell.internal']);
  assert.equal(cell.connections.size, 1, 'another Host field must not cost another connection');
});

test('without a server name the instance’s own host counts, an IP address too', async (t) => {
  const byIp = await secureCell(t, { dnsNames: [], ips: ['127.0.0.1'] });
  assert.equal(await outcome(secureUpstream(t, byIp.port, { serverName: null, ca: authority.caPem })), 'secret');
  const byName = await secureCell(t, { dnsNames: ['localhost'], ips: [] });
  assert.equal(
    await outcome(secureUpstream(t, byName.port, { serverName: null, ca: authority.caPem }, 'localhost')),
    'secret',
  );
  const other = await secureUpstream(t, byName.port, { serverName: null, ca: authority.caPem });
  assert.equal(await outcome(other), 'CONNECT_FAILED/no');
});

test('another name, an unknown authority and an expired certificate are refused, not executed', async (t) => {
  const cell = await secureCell(t, { dnsNames: ['cell.internal'] });
  const name = secureUpstream(t, cell.port, { serverName: 'other.internal', ca: authority.caPem });
  assert.equal(await outcome(name, 'cell.internal'), 'CONNECT_FAILED/no');
  const stranger = secureUpstream(t, cell.port, {
    serverName: 'cell.internal',
    ca: createTestAuthority('another').caPem,
  });
  assert.equal(await outcome(stranger), 'CONNECT_FAILED/no');
  const system = secureUpstream(t, cell.port, { serverName: 'cell.internal', ca: null });
  assert.equal(await outcome(system), 'CONNECT_FAILED/no');
  const old = await secureCell(t, { dnsNames: ['cell.internal'], validForMs: -60_000 });
  const expired = secureUpstream(t, old.port, { serverName: 'cell.internal', ca: authority.caPem });
  assert.equal(await outcome(expired), 'CONNECT_FAILED/no');
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async (t) => {
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  t.after(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
  });
  const cell = await secureCell(t, { dnsNames: ['cell.internal'] });
  const upstream = secureUpstream(t, cell.port, { serverName: 'other.internal', ca: authority.caPem });
  assert.equal(await outcome(upstream), 'CONNECT_FAILED/no');
});
