import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as immediate } from 'node:timers/promises';
import { HandClock } from '../../../../test/support/hand-clock.ts';
import { UpstreamRecorder, upstreamRequest } from '../../../../test/support/upstream-recorder.ts';
import { CoarseTimers } from '../../wire/coarse-timers.ts';
import { DEFAULT_CELL_SETTINGS } from '../cell-settings.ts';
import { CellSockets } from './cell-sockets.ts';
import { SocketExchange } from './socket-exchange.ts';

const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A connection is made in one turn, and written on at the end of the next. */
async function turn(): Promise<void> {
  await immediate();
  await immediate();
}

/** A connection without a network: what is written is noted, `say` is what the instance says. */
class Wire extends Socket {
  readonly written: string[] = [];

  override _read(): void {}

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.written.push(String(chunk));
    done();
  }

  say(text: string): void {
    this.emit('data', Buffer.from(text, 'latin1'));
  }
}

function bench() {
  const clock = new HandClock();
  const wires: Wire[] = [];
  const connect = (_options: unknown, done: (error: null, socket: Socket) => void): void => {
    const wire = new Wire();
    wires.push(wire);
    queueMicrotask(() => done(null, wire));
  };
  const sockets = new CellSockets(connect as never, DEFAULT_CELL_SETTINGS, new CoarseTimers(clock));
  const watch = { started: () => undefined, settled: () => undefined };
  const parts = { sockets, settings: DEFAULT_CELL_SETTINGS, clock, ended: () => undefined };
  const send = (part: Parameters<typeof upstreamRequest>[0] = {}): UpstreamRecorder => {
    const seen = new UpstreamRecorder();
    new SocketExchange(upstreamRequest(part), HEAD, seen, watch, parts).begin();
    return seen;
  };
  return { clock, wires, sockets, send };
}

test('a connection is used again by the next request, and ends when it was idle for too long', async () => {
  const { clock, wires, sockets, send } = bench();
  for (const round of [1, 2]) {
    const seen = send();
    await turn();
    assert.equal(wires[0]?.written.length, round);
    wires[0]?.say(ANSWER);
    assert.equal(seen.text, 'ok');
  }
  assert.deepEqual([wires.length, sockets.size], [1, 1]);
  await clock.advance(DEFAULT_CELL_SETTINGS.keepAliveIdleMs + 100);
  assert.deepEqual([sockets.size, wires[0]?.destroyed], [0, true]);
});

test('bytes on an idle connection end it', async () => {
  const { wires, sockets, send } = bench();
  send();
  await turn();
  wires[0]?.say(ANSWER);
  wires[0]?.say('HTTP/1.1 200 OK\r\n');
  assert.deepEqual([sockets.size, wires[0]?.destroyed], [0, true]);
});

test('bytes that come before the request has left answer nothing: it provably was not executed', async () => {
  const { wires, send } = bench();
  send();
  await turn();
  wires[0]?.say(ANSWER);
  // The head waits for the end of this turn.
  const next = send({ method: 'POST', body: 'none' });
  wires[0]?.say(ANSWER);
  assert.deepEqual([next.failure?.executed, next.text], ['no', '']);
  await turn();
  assert.deepEqual([wires[0]?.written.length, wires[0]?.destroyed], [1, true]);
});

test('two answers in one read leave the connection to nobody', async () => {
  const { wires, sockets, send } = bench();
  const seen = send();
  await turn();
  wires[0]?.say(ANSWER + ANSWER);
  assert.equal(seen.text, 'ok');
  assert.deepEqual([sockets.size, wires[0]?.destroyed], [0, true]);
});

test('a body that comes slowly keeps its time limit, counted from its last bytes', async () => {
  const { clock, wires, send } = bench();
  const seen = send({ limits: { connectMs: 100, responseHeadMs: 100, bodyIdleMs: 100 } });
  await turn();
  wires[0]?.say('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n');
  for (const piece of ['abc', 'def']) {
    await clock.advance(80);
    wires[0]?.say(piece);
  }
  assert.ok(!seen.over);
  await clock.advance(150);
  assert.equal(seen.failure?.executed, 'unknown');
});
