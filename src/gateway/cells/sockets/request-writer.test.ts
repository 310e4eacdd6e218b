import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { UpstreamRequest } from '../../upstream.ts';
import { TurnWriter } from '../../wire/turn-writer.ts';
import { RequestWriter } from './request-writer.ts';

const HEAD = 'POST / HTTP/1.1\r\n\r\n';

function bench(body: UpstreamRequest['body'], most = 100) {
  const writes: string[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => {
      writes.push(String(chunk));
      done();
    },
  });
  return { writer: new RequestWriter(HEAD, body, most), out: new TurnWriter(socket), writes };
}

test('a head without a body is written at the end of the turn, and nothing has left before', async () => {
  const { writer, out, writes } = bench('none');
  assert.equal(writer.attach(out), false);
  assert.deepEqual([writer.isSent, writer.isWritten, writes], [true, false, []]);
  await turn();
  assert.deepEqual([writer.isWritten, writes], [true, [HEAD]]);
});

test('a head waits for its body, and both leave in one write', async () => {
  const { writer, out, writes } = bench(5);
  assert.equal(writer.attach(out), false);
  await turn();
  assert.deepEqual([writer.isSent, writer.isWritten, writes], [false, false, []]);
  assert.equal(writer.write(Buffer.from('hello')), true);
  assert.equal(writer.end([]), null);
  await turn();
  assert.deepEqual([writer.isSent, writer.isWritten, writes], [true, true, [`${HEAD}hello`]]);
});

test('a chunked body is framed, with its trailers', async () => {
  const { writer, out, writes } = bench('chunked');
  writer.attach(out);
  writer.write(Buffer.from('hello'));
  writer.end(['X-Sum', '9']);
  await turn();
  assert.deepEqual(writes, [`${HEAD}5\r\nhello\r\n0\r\nX-Sum: 9\r\n\r\n`]);
});

test('what came before the connection is kept, up to the limit', async () => {
  const { writer, out, writes } = bench('chunked', 8);
  assert.equal(writer.write(Buffer.from('12345')), false);
  assert.equal(writer.write(Buffer.from('67890')), false);
  const over = writer.write(Buffer.from('x'));
  assert.ok(typeof over === 'object' && over.code === 'INTERNAL', String(over));
  assert.equal(writer.attach(out), true);
  await turn();
  assert.deepEqual(writes, [`${HEAD}5\r\n12345\r\n5\r\n67890\r\n`]);
});

test('a body that is longer or shorter than its length is a fault', () => {
  const { writer, out } = bench(3);
  writer.attach(out);
  const long = writer.write(Buffer.from('1234'));
  assert.ok(typeof long === 'object' && long.code === 'BAD_FRAMING');
  assert.equal(bench(3).writer.end([])?.code, 'BAD_FRAMING');
});

test('a head that is sent again is written again', async () => {
  const { writer, out, writes } = bench('none');
  writer.attach(out);
  await turn();
  writer.rewind();
  assert.equal(writer.isWritten, false);
  writer.attach(out);
  await turn();
  assert.deepEqual([writer.isWritten, writes], [true, [HEAD, HEAD]]);
});
