import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { eventually } from '../../../test/support/eventually.ts';
import { machineClock } from '../../../test/support/machine-clock.ts';
import { RedisServer } from '../../../test/support/redis-server.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import { Identity } from './identity.ts';
import type { IdentityEvent } from './identity-events.ts';
import { DEFAULT_IDENTITY_SETTINGS, type SessionSettings } from './identity-settings.ts';
import { RedisSessionStore } from './redis-session-store.ts';

const session: IdentitySource = { type: 'session', cookie: 'sid', prefix: 'sess:' };
const cookie: IdentitySource = { type: 'cookie', name: 'uid' };

/** A gateway's identification on a real Redis and the machine's clock. */
async function open(t: TestContext, settings: Partial<SessionSettings> = {}) {
  const server = await RedisServer.start();
  t.after(() => server.stop());
  const store = new RedisSessionStore({
    url: server.unixUrl,
    random: { next: () => 0 },
    silenceMs: 300,
    maxReconnectMs: 100,
  });
  t.after(() => store.close());
  const events: IdentityEvent[] = [];
  const identity = new Identity({
    settings: {
      ...DEFAULT_IDENTITY_SETTINGS,
      session: { ...DEFAULT_IDENTITY_SETTINGS.session, positiveMs: 60_000, lookupMs: 20_000, ...settings },
    },
    clock: machineClock,
    count: (event) => events.push(event),
    sessionStore: store,
    openKeySource: () => assert.fail('no issuer has an address'),
  });
  t.after(() => identity.close());
  const identifier = identity.compile({ sources: [cookie, session], identityMs: 30_000, identityHeaders: 'any' });
  const ask = (cookies: string) =>
    identifier.identify({ path: '/', query: null, headers: ['cookie', cookies] }, { peerIsTrusted: false });
  const said = async (cookies: string) => {
    const result = await ask(cookies);
    if (result.kind === 'found') return `=${result.userId}`;
    return result.kind === 'invalid' ? result.code : result.kind;
  };
  await eventually('Redis is connected', () => store.get('any').then(() => true));
  return { server, identity, events, ask, said };
}

test('a session is looked up in Redis, the second time in memory and at once', async (t) => {
  const { server, ask } = await open(t);
  await server.command('SET', 'sess:abc', '9007199254740993');
  const first = ask('sid=abc');
  assert.ok(first instanceof Promise);
  const found = { kind: 'found', userId: '9007199254740993', source: 'session sid' };
  assert.deepEqual(await first, found);
  assert.deepEqual(ask('a=b; sid=abc'), found);
  assert.deepEqual(ask('a=b; sid=%61bc'), found);
});

test('what Redis says is checked like any user ID, and agrees or disagrees with the other sources', async (t) => {
  const { server, said } = await open(t);
  for (const [key, value] of [
    ['good', '42'],
    ['long', '4'.repeat(65)],
    ['empty', ''],
    ['line', '4\n2'],
    ['binary', '\xff\xfe'],
  ] as const) {
    await server.command('SET', `sess:${key}`, value);
  }
  assert.equal(await said('sid=good'), '=42');
  assert.equal(await said('sid=good; uid=42'), '=42');
  assert.equal(await said('sid=good; uid=43'), 'USER_ID_CONFLICT');
  for (const key of ['long', 'empty', 'line', 'binary'])
    assert.equal(await said(`sid=${key}; uid=42`), 'USER_ID_INVALID');
  assert.equal(await said('sid=none'), 'missing');
  assert.equal(await said('sid=none; uid=42'), '=42');
});

test('a session ID that cannot be one, or two of them, never reach Redis', async (t) => {
  const { ask, events } = await open(t);
  for (const value of ['', '%', '%00', 'a%20b', '%e5%bc%a0', 'x'.repeat(513)]) {
    const result = ask(`sid=${value}`);
    assert.ok(!(result instanceof Promise) && result.kind === 'invalid' && result.code === 'USER_ID_INVALID', value);
  }
  const twice = ask('sid=a; sid=a');
  assert.ok(!(twice instanceof Promise) && twice.kind === 'invalid' && twice.code === 'USER_ID_REPEATED');
  const bad = ask('sid=a; uid=');
  assert.ok(!(bad instanceof Promise) && bad.kind === 'invalid');
  assert.deepEqual(events, []);
});

test('a key of another type is unavailable, not missing; a user that a cookie named stands', async (t) => {
  const { server, said, events } = await open(t);
  await server.command('LPUSH', 'sess:list', '42');
  assert.equal(await said('sid=list'), 'unavailable');
  assert.equal(await said('sid=list; uid=7'), '=7');
  assert.ok(events.includes('found-despite-unavailable'));
});

test('Redis is killed: known users stay known, others are unavailable at once, all is well after its restart', async (t) => {
  const { server, said } = await open(t, { positiveMs: 1, retryMs: 1 });
  await server.command('SET', 'sess:abc', '42');
  assert.equal(await said('sid=abc'), '=42');
  await server.kill();
  assert.equal(await said('sid=abc'), '=42');
  assert.equal(await said('sid=new'), 'unavailable');
  await server.restart();
  await server.command('SET', 'sess:new', '43');
  await eventually('the new session is found', async () => (await said('sid=new')) === '=43');
  await eventually(
    'the restarted Redis knows nothing of the old one',
    async () => (await said('sid=abc')) === 'missing',
  );
});

test('Redis stands still: each look-up ends at its limit, known users stay known, all is well when it goes on', async (t) => {
  const { server, said, events } = await open(t, { positiveMs: 1, retryMs: 60_000, lookupMs: 50 });
  await server.command('SET', 'sess:abc', '42');
  await eventually('the session is known', async () => (await said('sid=abc')) === '=42');
  server.pause();
  assert.equal(await said('sid=new'), 'unavailable');
  assert.equal(await said('sid=abc'), '=42');
  assert.ok(events.includes('session-stale'));
  server.resume();
  await eventually('Redis is asked again', async () => (await said('sid=new')) === 'missing');
});

test('the route’s limit holds if it is shorter than the look-up’s; a known user stays known then too', async (t) => {
  const { server, identity, said, events } = await open(t, { lookupMs: 60_000, positiveMs: 1 });
  await server.command('SET', 'sess:abc', '42');
  assert.equal(await said('sid=abc'), '=42');
  server.pause();
  const hasty = identity.compile({ sources: [session], identityMs: 30, identityHeaders: 'any' });
  const ask = (id: string) =>
    hasty.identify({ path: '/', query: null, headers: ['cookie', `sid=${id}`] }, { peerIsTrusted: false });
  const unknown = await ask('new');
  assert.ok(unknown.kind === 'unavailable');
  const known = await ask('abc');
  assert.ok(known.kind === 'found' && known.userId === '42');
  assert.ok(events.includes('timeout') || events.includes('session-stale'));
});
