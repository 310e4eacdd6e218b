import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { eventually } from '../../../test/support/eventually.ts';
import { laneBench, tlsClient } from '../../../test/support/lane-bench.ts';
import { RawClient } from '../../../test/support/raw-client.ts';
import { CELL_OK } from '../../../test/support/recording-cell.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';

const GET = 'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n';
const authority = createTestAuthority();
const issue = (commonName: string): { cert: string; key: string } => {
  const { certPem, keyPem } = authority.issue({ commonName });
  return { cert: certPem, key: keyPem };
};
const nameOf = (socket: unknown): string => String((socket as TLSSocket).getPeerCertificate().subject.CN);

describe('a door with TLS', () => {
  test('serves requests and says to the cell that they came over TLS', async (t) => {
    const { port, cell } = await laneBench(t, { certificate: issue('one') });
    const client = await tlsClient(port, authority.caPem);
    t.after(() => client.close());
    client.send(GET);
    assert.equal((await client.answers(1))[0]?.body, 'ok');
    assert.match(cell.requests[0]?.text ?? '', /\r\nX-Forwarded-Proto: https\r\n/);
  });

  for (const isFast of [false, true]) {
    test(`answers a client that ended its side, on the ${isFast ? 'fast' : 'general'} lane`, async (t) => {
      const { port, cell } = await laneBench(t, { certificate: issue('one'), isFast });
      cell.answer = () => undefined;
      const client = await tlsClient(port, authority.caPem);
      t.after(() => client.close());
      client.socket.end(GET);
      await eventually('it is asked whether it is there', () => client.received.startsWith('HTTP/1.1 100 '));
      const { socket } = await eventually('it reaches the cell', () => cell.requests[0]);
      socket.write(CELL_OK);
      await client.ended();
      assert.deepEqual([client.whole().at(-1)?.body, cell.left], ['ok', 0]);
    });
  }

  test('shows a new certificate to new connections while old ones go on', async (t) => {
    const { lane, port } = await laneBench(t, { certificate: issue('one') });
    const old = await tlsClient(port, authority.caPem);
    t.after(() => old.close());
    lane.reloadCertificate(issue('two'));
    const young = await tlsClient(port, authority.caPem);
    t.after(() => young.close());
    assert.deepEqual([nameOf(old.socket), nameOf(young.socket)], ['one', 'two']);
    for (const client of [old, young]) {
      client.send(GET);
      assert.equal((await client.answers(1))[0]?.body, 'ok');
    }
  });

  test('keeps the old certificate if the new one cannot be used', async (t) => {
    const { lane, port } = await laneBench(t, { certificate: issue('one') });
    const bad = [
      { cert: 'nonsense', key: 'nonsense' },
      { cert: issue('two').cert, key: issue('three').key },
    ];
    for (const certificate of bad) {
      assert.throws(() => lane.reloadCertificate(certificate));
      const client = await tlsClient(port, authority.caPem);
      t.after(() => client.close());
      assert.equal(nameOf(client.socket), 'one');
    }
  });

  test('refuses TLS below 1.2, after a reload too', async (t) => {
    const { lane, port } = await laneBench(t, { certificate: issue('one') });
    await assert.rejects(tlsClient(port, authority.caPem, 'TLSv1.1'));
    lane.reloadCertificate(issue('two'));
    await assert.rejects(tlsClient(port, authority.caPem, 'TLSv1.1'));
  });

  test('ends a connection that speaks no TLS, and one that says nothing', async (t) => {
    const { connect } = await laneBench(t, { certificate: issue('one'), settings: { headMs: 100 } });
    const plain = await connect();
    plain.send(GET);
    await plain.ended();
    const silent = await connect();
    await silent.ended();
    assert.doesNotMatch(plain.received, /HTTP/);
  });
});

describe('a drain', () => {
  test('refuses new connections, serves a request that was on its way on an idle one, and ends soon', async (t) => {
    const { lane, connect } = await laneBench(t, { settings: { drainIdleMs: 2_000, drainMs: 20_000 } });
    const idle = await connect();
    idle.send(GET);
    await idle.answers(1);
    const drained = lane.drain();
    idle.send(GET);
    const answers = await idle.answers(2);
    assert.match(answers[1]?.head ?? '', /\r\nconnection: close\r\n/i);
    await drained;
    await assert.rejects(connect(), { code: 'ECONNREFUSED' });
  });

  test('lets a long answer end, and closes its connection although it was promised to stay', async (t) => {
    const { lane, cell, connect } = await laneBench(t, { settings: { drainIdleMs: 50, drainMs: 20_000 } });
    cell.answer = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc');
    const client = await connect();
    client.send(GET);
    await eventually('the beginning', () => client.received.endsWith('abc'));
    assert.match(client.received, /\r\nconnection: keep-alive\r\n/i);
    const drained = lane.drain();
    cell.requests[0]?.socket.write('def');
    assert.equal((await client.answers(1))[0]?.body, 'abcdef');
    await client.ended();
    await drained;
  });

  test('cuts off what is not over in its time, at the cell too, and ends', async (t) => {
    const { lane, cell, connect, ends } = await laneBench(t, { settings: { drainIdleMs: 10, drainMs: 100 } });
    cell.answer = () => undefined;
    const client = await connect();
    client.send(GET);
    await eventually('the request is at the cell', () => cell.requests.length === 1);
    await lane.drain();
    await client.ended();
    await eventually('the cell lost it', () => cell.left === 1);
    assert.equal(ends[0]?.code, 'CLIENT_GONE');
  });

  test('does not wait for connections that never said a word, nor for half a TLS handshake', async (t) => {
    const plain = await laneBench(t, { settings: { drainIdleMs: 10, drainMs: 60_000, headMs: 60_000 } });
    const silent = await plain.connect();
    await plain.lane.drain();
    await silent.ended();
    const tls = await laneBench(t, {
      certificate: issue('one'),
      settings: { drainIdleMs: 10, drainMs: 100, headMs: 60_000 },
    });
    const half = await tls.connect();
    half.send('\x16\x03\x01\x02\x00');
    await tls.lane.drain();
    await half.ended();
  });

  test('of a lane that never listened, or a second one, does nothing', async (t) => {
    const { lane } = await laneBench(t);
    await Promise.all([lane.drain(), lane.drain()]);
    await lane.drain();
  });
});

describe('the PROXY protocol', () => {
  const V1 = 'PROXY TCP4 192.0.2.7 192.0.2.1 41000 443\r\n';
  const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c0000201a02801bb', 'hex').toString('latin1');

  for (const [version, header] of [
    ['1', V1],
    ['2', V2],
  ] as const) {
    test(`version ${version} names the client, whole and byte by byte`, async (t) => {
      const { cell, connect, ends } = await laneBench(t, { proxyProtocol: true });
      const whole = await connect();
      whole.send(header + GET);
      assert.equal((await whole.answers(1))[0]?.body, 'ok');
      whole.send(GET);
      assert.equal((await whole.answers(2))[1]?.body, 'ok');
      const dripping = await connect();
      for (const byte of header + GET) {
        dripping.send(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal((await dripping.answers(1))[0]?.body, 'ok');
      for (const { text } of cell.requests) assert.match(text, /\r\nX-Real-IP: 192\.0\.2\.7\r\n/);
      assert.deepEqual(
        ends.map(({ facts }) => facts.clientAddress),
        ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
      );
    });
  }

  test('works in front of TLS', async (t) => {
    const { port, ends } = await laneBench(t, { proxyProtocol: true, certificate: issue('one') });
    const raw = connect(port, '127.0.0.1');
    t.after(() => raw.destroy());
    await once(raw, 'connect');
    await new Promise((resolve) => raw.write(V1, resolve));
    const client = new RawClient(connectTls({ socket: raw, ca: authority.caPem, servername: 'localhost' }));
    client.send(GET);
    assert.equal((await client.answers(1))[0]?.body, 'ok');
    assert.equal(ends[0]?.facts.clientAddress, '192.0.2.7');
  });

  test('works in front of TLS when its header and the handshake come in one piece', async (t) => {
    const { port, ends } = await laneBench(t, { proxyProtocol: true, certificate: issue('one') });
    // A relay that puts the header in front of the first bytes of the client.
    const relay = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.once('data', (hello: Buffer) => {
        far.write(Buffer.concat([Buffer.from(V1), hello]));
        near.pipe(far);
      });
      far.pipe(near);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      t.after(() => [near.destroy(), far.destroy()]);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    t.after(() => relay.close());
    const client = await tlsClient((relay.address() as AddressInfo).port, authority.caPem);
    t.after(() => client.close());
    client.send(GET);
    assert.equal((await client.answers(1))[0]?.body, 'ok');
    assert.equal(ends[0]?.facts.clientAddress, '192.0.2.7');
  });

  test('the announced address is what trust is asked about, not the load balancer’s', async (t) => {
    const { connect, ends } = await laneBench(t, { proxyProtocol: true, proxies: ['127.0.0.0/8', '192.0.2.9/32'] });
    const claim = GET.replace('Host', 'X-Forwarded-For: 203.0.113.5\r\nHost');
    const stranger = await connect();
    stranger.send(V1 + claim);
    await stranger.answers(1);
    const trusted = await connect();
    trusted.send(V1.replace('192.0.2.7', '192.0.2.9') + claim);
    await trusted.answers(1);
    assert.deepEqual(
      ends.map(({ facts }) => facts.clientAddress),
      ['192.0.2.7', '203.0.113.5'],
    );
  });

  test('LOCAL and UNKNOWN leave the connection’s own address', async (t) => {
    const { connect, ends } = await laneBench(t, { proxyProtocol: true });
    const client = await connect();
    client.send(`PROXY UNKNOWN\r\n${GET}`);
    await client.answers(1);
    assert.equal(ends[0]?.facts.clientAddress, '127.0.0.1');
  });

  test('a connection without a header, with a bad one, or with half of one, is ended and never answered', async (t) => {
    const { connect, cell, malformed } = await laneBench(t, { proxyProtocol: true, settings: { headMs: 150 } });
    for (const bytes of [GET, `PROXY TCP4 nonsense\r\n${GET}`, V1.slice(0, 20), '']) {
      const client = await connect();
      client.send(bytes);
      await client.ended();
      assert.equal(client.received, '');
    }
    assert.equal(cell.streams.length, 0);
    assert.deepEqual(malformed, ['BAD_REQUEST', 'BAD_REQUEST']);
  });

  test('a header on a door that did not ask for one is no request', async (t) => {
    const { connect, cell } = await laneBench(t);
    const client = await connect();
    client.send(V1 + GET);
    await client.ended();
    assert.equal(cell.requests.length, 0);
  });

  test('half a header does not hold up a drain', async (t) => {
    const { lane, connect } = await laneBench(t, {
      proxyProtocol: true,
      settings: { drainIdleMs: 10, drainMs: 100, headMs: 60_000 },
    });
    const client = await connect();
    client.send('PROXY ');
    await eventually('the bytes are there', () => client.socket.bytesWritten === 6);
    await lane.drain();
    await client.ended();
  });
});

/** Fastify judges requests in many ways by default; none of them may answer for us. */
describe('Fastify around the lane answers nothing by itself', () => {
  const REQUESTS: readonly (readonly [claim: string, bytes: string])[] = [
    [
      'a content type that cannot be parsed',
      'POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Type: ;;;\r\nContent-Length: 2\r\n\r\nhi',
    ],
    [
      'JSON that is none',
      'POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{',
    ],
    [
      'a content type that nobody parses',
      'POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Type: x/y\r\nContent-Length: 2\r\n\r\nhi',
    ],
    [
      'a DELETE with an empty JSON body',
      'DELETE /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a method that Fastify has no route for', 'PURGE /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n'],
    ['QUERY', 'QUERY /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n'],
    ['a long path', `GET /${'a/'.repeat(3000)} HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\n\r\n`],
    [
      'Accept-Version, which Fastify routes by',
      'GET /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nAccept-Version: 9.x\r\n\r\n',
    ],
    [
      'a body above Fastify’s limit',
      `POST /x HTTP/1.1\r\nHost: a\r\nX-User-Id: 12307\r\nContent-Length: 1100000\r\n\r\n${'a'.repeat(1_100_000)}`,
    ],
  ];
  for (const [claim, bytes] of REQUESTS) {
    test(`not to ${claim}`, async (t) => {
      const { connect, cell } = await laneBench(t);
      const client = await connect();
      client.send(bytes);
      assert.deepEqual(
        (await client.answers(1)).map(({ status, body }) => [status, body]),
        [[200, 'ok']],
      );
      assert.equal(cell.requests.length, 1);
      client.send(GET);
      assert.equal((await client.answers(2))[1]?.body, 'ok');
    });
  }

  test('not to a malformed head: there is one answer, and it is ours', async (t) => {
    const { connect, malformed } = await laneBench(t);
    const client = await connect();
    client.send('GET /x HTTP/1.1\r\nbroken\r\n\r\n');
    await client.ended();
    assert.match(client.received, /^HTTP\/1\.1 400 Bad Request\r\n.*"code":"BAD_REQUEST".*\}\}\n$/s);
    assert.equal(client.received.match(/HTTP\/1\.1/g)?.length, 1);
    assert.deepEqual(malformed, ['BAD_REQUEST']);
  });

  test('not to a request that comes while it closes', async (t) => {
    const { lane, connect, cell } = await laneBench(t, { settings: { drainIdleMs: 1_000, drainMs: 20_000 } });
    cell.answer = CELL_OK;
    const client = await connect();
    client.send(GET);
    await client.answers(1);
    const drained = lane.drain();
    client.send(GET);
    assert.equal((await client.answers(2))[1]?.status, 200);
    await drained;
  });
});
