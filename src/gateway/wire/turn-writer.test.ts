import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TurnWriter } from './turn-writer.ts';

/** A connection that notes each write that reaches the system; `log` may be shared. */
function noting(log: string[], name = '', highWaterMark = 1024 * 1024): Duplex {
  const note = (parts: readonly string[], done: () => void): void => {
    log.push(name + parts.join('|'));
    done();
  };
  return new Duplex({
    highWaterMark,
    read: () => undefined,
    write: (chunk, _encoding, done) => note([String(chunk)], done),
    writev: (chunks, done) =>
      note(
        chunks.map(({ chunk }) => String(chunk)),
        done,
      ),
  });
}

test('the text of one turn leaves in one write at its end', async () => {
  const log: string[] = [];
  const writer = new TurnWriter(noting(log));
  writer.text('a');
  writer.text('b');
  await Promise.resolve();
  assert.deepEqual(log, []);
  assert.equal(writer.length, 2);
  await turn();
  assert.deepEqual(log, ['ab']);
  writer.text('c');
  await turn();
  assert.deepEqual([log, writer.flushes, writer.length], [['ab', 'c'], 2, 0]);
});

test('the connections of a turn are written behind each other, in the order of their first words', async () => {
  const log: string[] = [];
  const [one, two] = [new TurnWriter(noting(log, '1:')), new TurnWriter(noting(log, '2:'))];
  one.text('a');
  two.text('b');
  one.text('c');
  await turn();
  assert.deepEqual(log, ['1:ac', '2:b']);
});

test('bytes leave at once, behind what waited and between their marks', async () => {
  const log: string[] = [];
  const writer = new TurnWriter(noting(log));
  writer.text('head');
  writer.bytes(Buffer.from('body'), '4;', ';');
  assert.deepEqual(log, ['head4;|body|;']);
  writer.bytes(Buffer.from('more'));
  assert.deepEqual(log.at(-1), 'more');
  await turn();
  assert.equal(log.length, 2);
});

test('much text does not wait', () => {
  const log: string[] = [];
  const writer = new TurnWriter(noting(log));
  writer.text('a'.repeat(17 * 1024));
  assert.equal(log.length, 1);
});

test('what has left is known by the count of flushes alone', async () => {
  const writer = new TurnWriter(noting([]));
  const before = writer.flushes;
  writer.text('a');
  assert.equal(writer.flushes, before);
  writer.flush();
  assert.ok(writer.flushes > before);
  await turn();
  assert.equal(writer.flushes, before + 1);
});

test('text for a connection that is gone is dropped without an error', async () => {
  const log: string[] = [];
  const connection = noting(log);
  const writer = new TurnWriter(connection);
  writer.text('a');
  connection.destroy();
  await turn();
  assert.deepEqual(log, []);
});

test('a full connection is blocked until it drained', async () => {
  let release: () => void = () => undefined;
  const connection = new Duplex({
    highWaterMark: 4,
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      release = done;
    },
  });
  const writer = new TurnWriter(connection);
  writer.bytes(Buffer.from('12345'));
  assert.equal(writer.isBlocked, true);
  release();
  await turn();
  assert.equal(writer.isBlocked, false);
});
