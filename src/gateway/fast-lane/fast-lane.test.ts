import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { laneBench, tlsClient } from '../../../test/support/lane-bench.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';
const authority = createTestAuthority();

test('a door with TLS says to the cell that requests came over TLS, and hands over what it does not take', async (t) => {
  const { certPem: cert, keyPem: key } = authority.issue({ commonName: 'one' });
  const { port, cell, ends } = await laneBench(t, { certificate: { cert, key }, isFast: true });
  const client = await tlsClient(port, authority.caPem);
  t.after(() => client.close());
  client.send(GET);
  assert.equal((await client.answers(1))[0]?.body, 'ok');
  client.send(GET.replace('1.1', '1.0'));
  await client.ended();
  assert.deepEqual(
    ends.map(({ facts }) => [facts.lane, facts.isSecure]),
    [
      ['fast', true],
      ['general', true],
    ],
  );
  for (const { text } of cell.requests) assert.match(text, /\r\nX-Forwarded-Proto: https\r\n/);
});

test('the address of a PROXY header is the client’s, in the general lane too', async (t) => {
  const { connect, ends } = await laneBench(t, { proxyProtocol: true, isFast: true });
  const client = await connect();
  client.send(`PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n${GET}${GET.replace('1.1', '1.0')}`);
  await client.ended();
  assert.deepEqual(
    ends.map(({ facts }) => [facts.lane, facts.clientAddress]),
    [
      ['fast', '203.0.113.7'],
      ['general', '203.0.113.7'],
    ],
  );
});

test('a connection that was promised to stay ends soon behind an answer that a drain came into', async (t) => {
  const settings = { drainIdleMs: 50, drainMs: 20_000 };
  const { lane, cell, connect } = await laneBench(t, { settings, isFast: true });
  cell.answer = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
  const client = await connect();
  client.send(GET);
  await eventually('the beginning', () => client.received.endsWith('abc'));
  const drained = lane.drain();
  cell.requests[0]?.socket.write('def');
  assert.equal((await client.answers(1))[0]?.body, 'abcdef');
  await client.ended();
  await drained;
});
