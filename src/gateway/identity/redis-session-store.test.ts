import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { RedisServer, type RedisServerOptions } from '../../../test/support/redis-server.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';
import { RedisSessionStore, type RedisSessionStoreOptions } from './redis-session-store.ts';

const random = { next: () => 2 ** 31 };

async function startServer(t: TestContext, options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  t.after(() => server.stop());
  return server;
}

function openStore(t: TestContext, options: Omit<RedisSessionStoreOptions, 'random'>): RedisSessionStore {
  const store = new RedisSessionStore({ random, maxReconnectMs: 100, ...options });
  t.after(() => store.close());
  return store;
}

const answers = (store: RedisSessionStore, key: string, value: string | null) =>
  eventually(`Redis says ${value} for ${key}`, async () => (await store.get(key)) === value);

test('gets what is there, and null for what is not', async (t) => {
  const server = await startServer(t);
  await server.command('SET', 'sess:abc', '9007199254740993');
  for (const url of [server.url, server.unixUrl, `${server.url}/0`]) {
    const store = openStore(t, { url });
    await answers(store, 'sess:abc', '9007199254740993');
    assert.equal(await store.get('sess:none'), null);
  }
});

test('uses the database of the URL', async (t) => {
  const server = await startServer(t);
  await server.command('SET', 'k', 'in 0');
  const store = openStore(t, { url: `${server.url}/3` });
  await answers(store, 'k', null);
});

test('a value of another type is an error, not an absence', async (t) => {
  const server = await startServer(t);
  await server.command('LPUSH', 'sess:list', '1');
  const store = openStore(t, { url: server.unixUrl });
  await answers(store, 'other', null);
  await assert.rejects(store.get('sess:list'), /WRONGTYPE/);
});

test('logs in with the password of the URL, and says so when it is wrong', async (t) => {
  const server = await startServer(t, { password: 'p%40ss' });
  await server.command('SET', 'k', 'v');
  await answers(openStore(t, { url: server.url.replace('p%40ss', 'p%2540ss') }), 'k', 'v');
  const wrong = openStore(t, { url: server.url.replace('p%40ss', 'guess') });
  await eventually('the wrong password is named', () =>
    wrong.get('k').then(
      () => false,
      (error: Error) => /WRONGPASS/.test(error.message),
    ),
  );
});

test('a server that asks for a password that the URL does not have is an error', async (t) => {
  const server = await startServer(t, { password: 'secret' });
  const store = openStore(t, { url: server.unixUrl });
  await eventually('NOAUTH is named', () =>
    store.get('k').then(
      () => false,
      (error: Error) => /NOAUTH/.test(error.message),
    ),
  );
});

test('verifies the certificate of a TLS server', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ldc-redis-tls-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const authority = createTestAuthority();
  const { certPem, keyPem } = authority.issue();
  const tls = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
  await writeFile(tls.cert, certPem);
  await writeFile(tls.key, keyPem);
  const server = await startServer(t, { tls });
  await server.command('SET', 'k', 'v');
  await answers(openStore(t, { url: server.url, ca: authority.caPem }), 'k', 'v');
  const lost: string[] = [];
  openStore(t, {
    url: server.url,
    ca: createTestAuthority('another').caPem,
    onConnection: (state, detail) => lost.push(`${state} ${detail}`),
  });
  await eventually('the foreign certificate is refused', () =>
    lost.some((entry) => /^lost .*(certificate|issuer)/.test(entry)),
  );
});

test('without a server each look-up is refused at once, nothing is queued, and it works when the server is there', async (t) => {
  const server = await startServer(t);
  await server.kill();
  const states: string[] = [];
  const store = openStore(t, { url: server.unixUrl, onConnection: (state) => states.push(state) });
  const results = await Promise.allSettled(Array.from({ length: 1000 }, () => store.get('k')));
  assert.ok(results.every(({ status }) => status === 'rejected'));
  await server.restart();
  await answers(store, 'k', null);
  await server.kill();
  await eventually('the loss is seen', () =>
    store.get('k').then(
      () => false,
      () => true,
    ),
  );
  await server.restart();
  await answers(store, 'k', null);
  assert.deepEqual(states, ['lost', 'usable', 'lost', 'usable']);
});

test('a server that stands still fails what was asked, and is used again when it goes on', async (t) => {
  const server = await startServer(t);
  await server.command('SET', 'k', 'v');
  const store = openStore(t, { url: server.unixUrl, silenceMs: 200 });
  await answers(store, 'k', 'v');
  server.pause();
  await assert.rejects(store.get('k'), /Redis: /);
  await eventually('the silent connection is refused from now on', () =>
    store.get('k').then(
      () => false,
      () => true,
    ),
  );
  server.resume();
  await answers(store, 'k', 'v');
});

test('no more requests than allowed wait for a server that stands still', async (t) => {
  const server = await startServer(t);
  const store = openStore(t, { url: server.unixUrl, silenceMs: 1000, maxPending: 3 });
  await answers(store, 'k', null);
  server.pause();
  const waiting = Array.from({ length: 3 }, () => store.get('k'));
  await assert.rejects(store.get('k'), /3 requests to Redis are unanswered/);
  for (const { status } of await Promise.allSettled(waiting)) assert.equal(status, 'rejected');
});

test('a replica that lost its primary is an error, not an absence', async (t) => {
  const server = await startServer(t, { extra: ['--replicaof', '127.0.0.1 1', '--replica-serve-stale-data', 'no'] });
  const store = openStore(t, { url: server.unixUrl });
  await eventually('MASTERDOWN is named', () =>
    store.get('k').then(
      () => false,
      (error: Error) => /MASTERDOWN/.test(error.message),
    ),
  );
});

test('closes in every state: just opened, connected, no server, server stands still', async (t) => {
  const server = await startServer(t);
  const connected = openStore(t, { url: server.unixUrl });
  await answers(connected, 'k', null);
  await openStore(t, { url: server.unixUrl }).close();
  const opened = openStore(t, { url: server.unixUrl });
  await new Promise((resolve) => setImmediate(resolve));
  await opened.close();
  server.pause();
  const hanging = connected.get('k');
  await Promise.all([connected.close(), assert.rejects(hanging)]);
  const stuck = openStore(t, { url: server.url });
  const pending = stuck.get('k');
  await Promise.all([stuck.close(), assert.rejects(pending)]);
  await server.kill();
  const states: string[] = [];
  const alone = openStore(t, { url: server.unixUrl, onConnection: (state) => states.push(state) });
  await eventually('the missing server is seen', () => states.includes('lost'));
  await alone.close();
  await alone.close();
  await assert.rejects(alone.get('k'), /closed/);
});

test('an address that is none is refused with what is expected', () => {
  for (const url of [
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://h/x',
    'redis://h?tls=no',
    'unix://',
  ]) {
    assert.throws(() => new RedisSessionStore({ url, random }), /expected redis\[s\]:\/\//, url);
  }
});
