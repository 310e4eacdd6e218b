import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createSocketServer } from 'node:net';
import { afterEach, test } from 'node:test';
import type { CliStreamCall, CliStreamEnd } from '../cli/cli-environment.ts';
import { readStream } from './cli-stream.ts';

let closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers) await close();
  closers = [];
});

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function read(url: string, over: Partial<CliStreamCall> = {}): Promise<{ end: CliStreamEnd; text: string }> {
  let text = '';
  const stop = new AbortController().signal;
  const limits = { headMs: 20_000, silenceMs: 20_000 };
  const onText = (piece: string): void => {
    text += piece;
  };
  const end = await readStream({ url, headers: { 'x-a': 'b' }, ca: null, stop, onText, ...limits, ...over });
  return { end, text };
}

const STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };

test('gives the pieces as they come, never half a character, and says when it has ended', async () => {
  const url = await serve((request, response) => {
    const bytes = Buffer.from(`data: ${request.headers['x-a']} → ü\n\n`);
    response.writeHead(200, STREAM).write(bytes.subarray(0, 9));
    response.write(bytes.subarray(9), () => response.end());
  });
  const { end, text } = await read(url);
  assert.equal(end.kind, 'ended');
  assert.equal(text, 'data: b → ü\n\n');
});

test('a stream that breaks has ended', async () => {
  const url = await serve((request, response) => {
    response.writeHead(200, STREAM).write('data: 1\n', () => request.socket.destroy());
  });
  const { end, text } = await read(url);
  assert.equal(end.kind, 'ended');
  assert.equal(text, 'data: 1\n');
});

test('a refusal is told with its status and text, and so is an answer that is no stream', async () => {
  const url = await serve((request, response) => {
    response.writeHead(request.url === '/no' ? 404 : 200, { 'content-type': 'application/json' }).end('{"a":1}');
  });
  assert.deepEqual((await read(`${url}/no`)).end, { kind: 'answer', status: 404, text: '{"a":1}' });
  assert.deepEqual((await read(`${url}/yes`)).end, { kind: 'answer', status: 200, text: '{"a":1}' });
});

test('silence has its limit, before the head and after it', async () => {
  const mute = await serve(() => {});
  const head = await read(mute, { headMs: 100 });
  assert.deepEqual(head.end, { kind: 'failed', detail: 'no answer within 100 ms' });
  const begun = await serve((_, response) => void response.writeHead(200, STREAM).write(': hello\n'));
  const { end, text } = await read(begun, { silenceMs: 100 });
  assert.deepEqual([end, text], [{ kind: 'ended', detail: 'silent for 100 ms' }, ': hello\n']);
});

test('a host that takes connections and says nothing has the same limit', async () => {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    closers.unshift(async () => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(() => resolve())));
  const { end } = await read(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headMs: 100 });
  assert.deepEqual(end, { kind: 'failed', detail: 'no answer within 100 ms' });
});

test('nobody there is a failure with its reason', async () => {
  const { end } = await read('http://127.0.0.1:1');
  assert.ok(end.kind === 'failed' && end.detail.includes('ECONNREFUSED'), JSON.stringify(end));
});

test('it ends when it is stopped: before it began, while it waits, and in the middle', async () => {
  const early = new AbortController();
  early.abort();
  assert.deepEqual((await read('http://127.0.0.1:1', { stop: early.signal })).end, { kind: 'stopped' });
  const waiting = new AbortController();
  const mute = await serve(() => waiting.abort());
  assert.deepEqual((await read(mute, { stop: waiting.signal })).end, { kind: 'stopped' });
  const middle = new AbortController();
  const begun = await serve((_, response) => void response.writeHead(200, STREAM).write(': hello\n'));
  const { end } = await read(begun, { stop: middle.signal, onText: () => middle.abort() });
  assert.deepEqual(end, { kind: 'stopped' });
});
