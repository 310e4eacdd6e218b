import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { eventually } from '../../../test/support/eventually.ts';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { JwksServer } from '../../../test/support/jwks-server.ts';
import { createTestAuthority } from '../../../test/support/test-certificates.ts';
import { TokenKey } from '../../../test/support/token-key.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import { Identity } from './identity.ts';
import type { IdentityEvent } from './identity-events.ts';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.ts';
import type { JwtIssuerSettings } from './jwt-issuer.ts';
import { openKeySource } from './open-key-source.ts';

const ISSUER = 'https://id.example';
/** The sockets' own limits follow fetchMs; a loaded machine must not run into them. */
const KEYS = { ...DEFAULT_IDENTITY_SETTINGS.keys, fetchMs: 60_000 };
const DAY_MS = 24 * 3_600_000;
const SOURCES: readonly IdentitySource[] = [
  { type: 'jwt', claim: 'uid', issuer: ISSUER, audience: null, cookie: null },
];
const [old, young, unknown] = await Promise.all(['old', 'young', 'unknown'].map((kid) => TokenKey.generate(kid)));
assert.ok(old && young && unknown);

/** All time is the hand clock's; only the sockets and files are real. */
function open(t: TestContext, issuer: JwtIssuerSettings) {
  const clock = new HandClock();
  const events: IdentityEvent[] = [];
  const identity = new Identity({
    settings: { ...DEFAULT_IDENTITY_SETTINGS, keys: KEYS, jwtIssuers: { [ISSUER]: issuer } },
    clock,
    count: (event) => events.push(event),
    sessionStore: null,
    openKeySource,
  });
  t.after(() => identity.close());
  const identifier = identity.compile({ sources: SOURCES, identityMs: 120_000, identityHeaders: 'any' });
  const token = (key: TokenKey, uid = '42') =>
    key.sign({ iss: ISSUER, uid, exp: Math.floor(clock.wallMs() / 1000) + (3 * DAY_MS) / 1000 });
  const ask = (text: string) =>
    identifier.identify(
      { path: '/', query: null, headers: ['authorization', `Bearer ${text}`] },
      { peerIsTrusted: false },
    );
  const kindOf = async (text: string) => {
    const result = await ask(text);
    return result.kind === 'invalid' ? result.code : result.kind;
  };
  const times = (event: IdentityEvent) => events.filter((other) => other === event).length;
  return { identity, clock, token, ask, kindOf, times };
}

async function startServer(t: TestContext): Promise<JwksServer> {
  const server = await JwksServer.start();
  t.after(() => server.stop());
  return server;
}

test('many first tokens share one fetch, and later ones need none', async (t) => {
  const server = await startServer(t);
  server.serve([old.publicJwk]);
  const { token, kindOf } = open(t, { jwks: server.address, ca: server.caPem });
  const tokens = await Promise.all(['1', '2', '3', '4'].map((uid) => token(old, uid)));
  assert.deepEqual(new Set(await Promise.all(tokens.map(kindOf))), new Set(['found']));
  assert.equal(await kindOf(await token(old, '5')), 'found');
  assert.equal(server.requests, 1);
});

test('a key that is new is fetched when a token names it; an invented one is not fetched again within the cooldown', async (t) => {
  const server = await startServer(t);
  server.serve([old.publicJwk]);
  const { clock, token, kindOf } = open(t, { jwks: server.address, ca: server.caPem });
  assert.equal(await kindOf(await token(old)), 'found');
  server.serve([old.publicJwk, young.publicJwk]);
  assert.equal(await kindOf(await token(young)), 'TOKEN_INVALID');
  assert.equal(server.requests, 1);
  await clock.advance(KEYS.cooldownMs);
  assert.equal(await kindOf(await token(young)), 'found');
  assert.equal(server.requests, 2);
  for (let round = 0; round < 5; round++) assert.equal(await kindOf(await token(unknown, `${round}`)), 'TOKEN_INVALID');
  assert.equal(server.requests, 2);
});

test('a key that is gone is not used any more, not even for remembered tokens', async (t) => {
  const server = await startServer(t);
  server.serve([old.publicJwk, young.publicJwk]);
  const { clock, token, kindOf, times } = open(t, { jwks: server.address, ca: server.caPem });
  const text = await token(old);
  assert.equal(await kindOf(text), 'found');
  server.serve([young.publicJwk]);
  await clock.advance(KEYS.refreshMs + 1);
  // Asking begins the refresh in the background; until it is there the old keys count.
  assert.equal(await kindOf(text), 'found');
  await eventually('the keys are fetched again', () => times('keys-fetched') === 2);
  assert.equal(await kindOf(text), 'TOKEN_INVALID');
});

type Fault = readonly [name: string, break_: (server: JwksServer) => void, detail: RegExp];
const faults: readonly Fault[] = [
  ['an error', (s) => (s.answer = (r) => r.writeHead(500).end()), /answered 500, expected 200/],
  ['a redirect', (s) => (s.answer = (r) => r.writeHead(302, { location: s.address }).end()), /answered 302/],
  ['no JSON', (s) => (s.answer = (r) => r.end('<html>')), /not JSON/],
  ['no key set', (s) => (s.answer = (r) => r.end('[]')), /\{"keys"/],
  ['null', (s) => (s.answer = (r) => r.end('null')), /\{"keys"/],
  ['no keys', (s) => s.serve([]), /0 keys/],
  ['too many keys', (s) => s.serve(Array(101).fill(old.publicJwk)), /101 keys/],
  ['half an answer', (s) => (s.answer = (r) => r.write('{"keys":', () => r.destroy())), /./],
  ['too much with a length', (s) => (s.answer = (r) => r.end(' '.repeat(300_000))), /./],
  ['too much without a length', (s) => (s.answer = flood), /./],
];

function flood(response: Parameters<JwksServer['answer']>[0]): void {
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(10_000))) {}
  };
  response.on('drain', more);
  more();
}

for (const [name, break_, detail] of faults) {
  test(`a first fetch that gets ${name} makes tokens unavailable, not invalid, and is tried again`, async (t) => {
    const server = await startServer(t);
    break_(server);
    const { clock, token, ask, kindOf } = open(t, { jwks: server.address, ca: server.caPem });
    const text = await token(old);
    const result = await ask(text);
    assert.ok(result.kind === 'unavailable');
    assert.match(result.detail, detail);
    assert.equal(await kindOf(text), 'unavailable');
    assert.equal(server.requests, 1);
    server.serve([old.publicJwk]);
    await clock.advance(KEYS.retryMs);
    assert.equal(await kindOf(text), 'found');
  });
}

test('a fetch that is not answered ends at its limit', async (t) => {
  const server = await startServer(t);
  server.answer = () => {};
  const { clock, token, ask } = open(t, { jwks: server.address, ca: server.caPem });
  const result = ask(await token(old));
  await eventually('the fetch has begun', () => server.requests === 1);
  await clock.advance(KEYS.fetchMs);
  const said = await result;
  assert.ok(said.kind === 'unavailable' && /keys\.fetchMs/.test(said.detail));
});

test('a request does not wait longer than its route allows, whatever the fetch does', async (t) => {
  const server = await startServer(t);
  server.answer = () => {};
  const { identity, clock, token } = open(t, { jwks: server.address, ca: server.caPem });
  const identifier = identity.compile({ sources: SOURCES, identityMs: 20, identityHeaders: 'any' });
  const headers = ['authorization', `Bearer ${await token(old)}`];
  const result = identifier.identify({ path: '/', query: null, headers }, { peerIsTrusted: false });
  await clock.advance(20);
  const said = await result;
  assert.ok(said.kind === 'unavailable' && /timeouts\.identityMs/.test(said.detail));
});

test('while fetching fails the old keys are used, for a day, and a new key is unavailable, not invalid', async (t) => {
  const server = await startServer(t);
  server.serve([old.publicJwk]);
  const { clock, token, kindOf, times } = open(t, { jwks: server.address, ca: server.caPem });
  const text = await token(old);
  assert.equal(await kindOf(text), 'found');
  server.answer = (response) => response.writeHead(503).end();
  await clock.advance(DAY_MS - 1000);
  assert.equal(await kindOf(text), 'found');
  await eventually('the fetch has failed', () => times('keys-fetch-failed') === 1);
  assert.equal(await kindOf(await token(old, '43')), 'found');
  assert.equal(await kindOf(await token(young)), 'unavailable');
  assert.ok(times('keys-stale') > 0);
  await clock.advance(1001);
  assert.equal(await kindOf(text), 'unavailable');
  server.serve([old.publicJwk]);
  await clock.advance(KEYS.retryMs);
  assert.equal(await kindOf(text), 'found');
});

test('a key that cannot be used is the issuer’s fault: unavailable', async (t) => {
  const server = await startServer(t);
  server.serve([{ ...old.publicJwk, x: 'AAAA' }]);
  const { token, ask } = open(t, { jwks: server.address, ca: server.caPem });
  const result = await ask(await token(old));
  assert.ok(result.kind === 'unavailable' && /cannot be used/.test(result.detail));
});

test('the certificate of the key server is verified', async (t) => {
  const server = await startServer(t);
  server.serve([old.publicJwk]);
  for (const ca of [undefined, createTestAuthority('another').caPem]) {
    const { identity } = open(t, ca === undefined ? { jwks: server.address } : { jwks: server.address, ca });
    assert.match((await identity.fetchKeys())[0] ?? '', /certificate/);
  }
  assert.equal(server.requests, 0);
});

test('closing ends a fetch that hangs', async (t) => {
  const server = await startServer(t);
  server.answer = () => {};
  const { identity, token, ask } = open(t, { jwks: server.address, ca: server.caPem });
  const result = ask(await token(old));
  await eventually('the fetch has begun', () => server.requests === 1);
  await identity.close();
  assert.equal((await result).kind, 'unavailable');
});

test('a file is read again when it was replaced; a broken, huge or missing one leaves the keys as they are', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'ldc-keys-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'keys.json');
  const replace = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  await replace(JSON.stringify({ keys: [old.publicJwk] }));
  const { identity, clock, token, kindOf } = open(t, { jwks: pathToFileURL(file).href });
  assert.deepEqual(await identity.fetchKeys(), []);
  assert.equal(await kindOf(await token(old)), 'found');
  for (const [text, problem] of [
    ['{', /not JSON/],
    [' '.repeat(300_000), /more than 262144 bytes/],
  ] as const) {
    await replace(text);
    assert.match((await identity.fetchKeys())[0] ?? '', problem);
    assert.equal(await kindOf(await token(old, '43')), 'found');
  }
  await rm(file);
  assert.match((await identity.fetchKeys())[0] ?? '', /ENOENT/);
  await replace(JSON.stringify({ keys: [young.publicJwk] }));
  await clock.advance(KEYS.retryMs);
  assert.equal(await kindOf(await token(young)), 'found');
  assert.equal(await kindOf(await token(old)), 'TOKEN_INVALID');
});

test('a directory is no key file', async (t) => {
  const { identity } = open(t, { jwks: pathToFileURL(tmpdir()).href });
  assert.match((await identity.fetchKeys())[0] ?? '', /not a regular file|EISDIR/);
});
