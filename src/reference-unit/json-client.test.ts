import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../test/support/machine-clock.ts';
import { JsonClient } from './json-client.ts';

async function startServer(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function startClient(t: TestContext) {
  const client = new JsonClient(machineClock);
  t.after(() => client.close());
  return (url: string, timeoutMs = 10_000, body: unknown = { a: 1 }) =>
    client.send({ method: 'POST', url, token: 'secret', body, timeoutMs });
}

test('an answer comes with its status and JSON; no body is null', async (t) => {
  const url = await startServer(t, async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (request.url === '/empty') response.writeHead(204).end();
    else response.writeHead(418).end(JSON.stringify([text, request.headers.authorization]));
  });
  const send = startClient(t);
  assert.deepEqual(await send(url), { kind: 'answer', status: 418, body: ['{"a":1}', 'Bearer secret'] });
  assert.deepEqual(await send(`${url}/empty`), { kind: 'answer', status: 204, body: null });
});

test('a refused connection is known as not sent, a silent or broken server is not', async (t) => {
  const url = await startServer(t, (request, response) => {
    if (request.url === '/reset') request.socket.destroy();
    if (request.url === '/text') response.end('no JSON');
    if (request.url === '/half')
      response.writeHead(200, { 'content-length': 100 }).write('{"a"', () => request.socket.destroy());
  });
  const send = startClient(t);
  const refused = await send('http://127.0.0.1:1');
  assert.ok(refused.kind === 'failed' && !refused.sent, JSON.stringify(refused));
  for (const path of ['/reset', '/text', '/half']) {
    const result = await send(`${url}${path}`);
    assert.ok(result.kind === 'failed' && result.sent, path);
  }
  const silent = await send(`${url}/silent`, 100);
  assert.deepEqual(silent, { kind: 'failed', sent: true, reason: 'no answer within 100 ms' });
});

test('an address that is none fails like any other', async (t) => {
  const result = await startClient(t)('not a url');
  assert.ok(result.kind === 'failed' && !result.sent);
});
