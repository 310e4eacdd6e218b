import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { startRawServer } from '../../../test/support/raw-server.ts';
import { leaveReads, takeReads, withPlainReads } from './plain-reads.ts';

/** A plain socket, and the other end of it. */
async function pair(t: TestContext): Promise<{ plain: Socket; other: Socket }> {
  const server = await startRawServer(() => undefined);
  t.after(() => server.close());
  const plain = withPlainReads(({ onread }) => connect({ port: server.port, host: '127.0.0.1', onread }));
  t.after(() => plain.destroy());
  await once(plain, 'connect');
  await eventually('bytes came', () => server.sockets.length === 1);
  return { plain, other: server.sockets[0] as Socket };
}

test('is a stream until its reads are taken, and again when they are left', async (t) => {
  const { plain, other } = await pair(t);
  const log: string[] = [];
  const listen = (bytes: Buffer): void => void log.push(`stream ${bytes}`);
  const take = (bytes: Buffer): void => void log.push(`taken ${bytes}`);
  plain.on('data', listen);
  other.write('a');
  await eventually('bytes came', () => log.length === 1);
  plain.off('data', listen);
  takeReads(plain, take);
  other.write('b');
  await eventually('bytes came', () => log.length === 2);
  leaveReads(plain, take);
  plain.on('data', listen).resume();
  other.write('c');
  await eventually('bytes came', () => log.length === 3);
  assert.deepEqual(log, ['stream a', 'taken b', 'stream c']);
});

test('bytes that were put back come first', async (t) => {
  const { plain, other } = await pair(t);
  plain.pause();
  plain.unshift(Buffer.from('first '));
  let text = '';
  takeReads(plain, (bytes) => {
    text += String(bytes);
  });
  plain.resume();
  other.write('second');
  await eventually('bytes came', () => text === 'first second');
});

test('all plain sockets read into one memory: what is taken is lent', async (t) => {
  const [a, b] = [await pair(t), await pair(t)];
  const lent: Buffer[] = [];
  for (const { plain } of [a, b]) takeReads(plain, (bytes) => void lent.push(bytes));
  a.other.write('aaaa');
  await eventually('bytes came', () => lent.length === 1);
  b.other.write('bbbb');
  await eventually('bytes came', () => lent.length === 2);
  assert.deepEqual(lent.map(String), ['bbbb', 'bbbb']);
});

test('a paused socket takes nothing, and its end comes behind its last bytes', async (t) => {
  const { plain, other } = await pair(t);
  const log: string[] = [];
  takeReads(plain, (bytes) => void log.push(String(bytes)));
  plain.on('end', () => void log.push('end'));
  plain.pause();
  other.end('last');
  // A round trip of another connection shows that the bytes have come.
  const { plain: witness, other: far } = await pair(t);
  const seen = once(witness, 'data');
  far.write('x');
  await seen;
  assert.deepEqual(log, []);
  plain.resume();
  await eventually('bytes came', () => log.length === 2);
  assert.deepEqual(log, ['last', 'end']);
});
