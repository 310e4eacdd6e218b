import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { exportSPKI, type JWTPayload } from 'jose';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { TokenKey } from '../../../test/support/token-key.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import { Identity } from './identity.ts';
import type { IdentityEvent } from './identity-events.ts';
import type { IdentityResult } from './identity-result.ts';
import { DEFAULT_IDENTITY_SETTINGS, type IdentitySettings } from './identity-settings.ts';

type JwtSource = IdentitySource & { readonly type: 'jwt' };

const ISSUER = 'https://id.example';
const OTHER = 'https://partner.example';
const key = await TokenKey.generate('k1');
const rsa = await TokenKey.generate('r1', 'RS256');
const foreign = await TokenKey.generate('k1');

const bearer: JwtSource = { type: 'jwt', claim: 'uid', issuer: ISSUER, audience: 'shop', cookie: null };
const cookie: IdentitySource = { type: 'cookie', name: 'uid' };

function open(t: TestContext, settings: Partial<IdentitySettings> = {}) {
  const clock = new HandClock();
  const events: IdentityEvent[] = [];
  const jwks = { keys: [key.publicJwk, rsa.publicJwk] as never[] };
  const jwtIssuers = { [ISSUER]: { jwks }, [OTHER]: { jwks } };
  const identity = new Identity({
    settings: { ...DEFAULT_IDENTITY_SETTINGS, jwtIssuers, ...settings },
    clock,
    count: (event) => events.push(event),
    sessionStore: null,
    openKeySource: () => assert.fail('all keys stand in the settings'),
  });
  t.after(() => identity.close());
  const nowS = Math.floor(clock.wallMs() / 1000);
  const claims = (more: JWTPayload = {}): JWTPayload => ({
    iss: ISSUER,
    aud: 'shop',
    exp: nowS + 60,
    uid: '42',
    ...more,
  });
  const ask = (headers: readonly string[], sources: readonly IdentitySource[] = [bearer]) =>
    identity
      .compile({ sources, identityMs: 100, identityHeaders: 'any' })
      .identify({ path: '/', query: null, headers }, { peerIsTrusted: true });
  return { clock, events, nowS, claims, ask };
}

const authorization = (token: string) => ['Authorization', `Bearer ${token}`];

function refusedAs(result: IdentityResult, code: string, detail: RegExp): void {
  assert.ok(result.kind === 'invalid', `${result.kind} instead of ${code}`);
  assert.equal(result.code, code);
  assert.match(result.detail, detail);
}

test('finds the claim of a good token, the second time without a promise', async (t) => {
  const { ask, claims, events } = open(t);
  const token = await key.sign(claims());
  const found = { kind: 'found', userId: '42', source: 'jwt uid' };
  const first = ask(authorization(token));
  assert.ok(first instanceof Promise);
  assert.deepEqual(await first, found);
  assert.deepEqual(ask(['authorization', `bEARER  ${token} `]), found);
  assert.deepEqual(events, ['keys-fetched', 'token-verified', 'token-cached']);
});

test('reads a token out of a cookie', async (t) => {
  const { ask, claims } = open(t);
  const headers = ['cookie', `a=b; token=${await rsa.sign(claims())}`];
  const result = await ask(headers, [{ ...bearer, cookie: 'token' }]);
  assert.equal(result.kind === 'found' && result.userId, '42');
  const twice = await ask([...headers, ...headers], [{ ...bearer, cookie: 'token' }]);
  refusedAs(twice, 'USER_ID_REPEATED', /cookie token/);
});

const hmacToken = (claims: JWTPayload, secret: string) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', kid: 'r1', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
};

test('a key for RS256 is not taken as the secret of HS256', async (t) => {
  const { ask, claims } = open(t);
  for (const secret of [await exportSPKI(rsa.publicKey), JSON.stringify(rsa.publicJwk)]) {
    refusedAs(await ask(authorization(hmacToken(claims(), secret))), 'TOKEN_INVALID', /alg/);
  }
});

test('alg none is refused, with and without a signature', async (t) => {
  const { ask, claims } = open(t);
  for (const alg of ['none', 'None', 'NONE']) {
    const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
    const unsigned = `${header}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}.`;
    refusedAs(await ask(authorization(unsigned)), 'TOKEN_INVALID', /alg/);
    refusedAs(await ask(authorization(`${unsigned}AAAA`)), 'TOKEN_INVALID', /alg/);
  }
});

const badClaims: readonly (readonly [name: string, (nowS: number) => JWTPayload, detail: RegExp])[] = [
  ['expired', (nowS) => ({ exp: nowS - 6 }), /exp/],
  ['not yet valid', (nowS) => ({ nbf: nowS + 7 }), /nbf/],
  ['without an end', () => ({ exp: undefined }), /exp/],
  ['of another audience', () => ({ aud: 'bank' }), /audience/],
  ['of another audience list', () => ({ aud: ['bank', 'mail'] }), /audience/],
  ['without an audience', () => ({ aud: undefined }), /audience/],
];
for (const [name, more, detail] of badClaims) {
  test(`a token ${name} is refused`, async (t) => {
    const { ask, claims, nowS } = open(t);
    const token = await key.sign(claims(more(nowS)));
    for (let round = 0; round < 2; round++) refusedAs(await ask(authorization(token)), 'TOKEN_INVALID', detail);
  });
}

test('exp and nbf may be off by the tolerance, and by no more', async (t) => {
  const { ask, claims, nowS } = open(t);
  for (const more of [{ exp: nowS - 4 }, { nbf: nowS + 5 }]) {
    assert.equal((await ask(authorization(await key.sign(claims(more))))).kind, 'found');
  }
});

test('a remembered token is refused from its end on', async (t) => {
  const { ask, claims, clock } = open(t);
  const token = await key.sign(claims());
  assert.equal((await ask(authorization(token))).kind, 'found');
  await clock.advance(64_000);
  assert.equal((await ask(authorization(token))).kind, 'found');
  await clock.advance(1000);
  refusedAs(await ask(authorization(token)), 'TOKEN_INVALID', /expired/);
});

test('a token with another signature, key or text is refused', async (t) => {
  const { ask, claims } = open(t);
  const token = await key.sign(claims());
  const [header, , signature] = token.split('.');
  const other = Buffer.from(JSON.stringify(claims({ uid: '43' }))).toString('base64url');
  refusedAs(await ask(authorization(`${header}.${other}.${signature}`)), 'TOKEN_INVALID', /signature/);
  refusedAs(await ask(authorization(`${token.slice(0, -8)}AAAAAAAA`)), 'TOKEN_INVALID', /signature/);
  refusedAs(await ask(authorization(await foreign.sign(claims()))), 'TOKEN_INVALID', /signature/);
  refusedAs(await ask(authorization(await key.sign(claims(), { kid: 'gone' }))), 'TOKEN_INVALID', /no key of issuer/);
});

test('a token without kid is good if one key fits its alg', async (t) => {
  const { ask, claims } = open(t);
  assert.equal((await ask(authorization(await key.sign(claims(), { kid: undefined })))).kind, 'found');
});

const values: readonly (readonly [value: unknown, code: string, detail: RegExp])[] = [
  [42, 'USER_ID_INVALID', /number, it must be a string/],
  [9007199254740993n.toString(), '', /./],
  [null, 'USER_ID_INVALID', /null/],
  [['42'], 'USER_ID_INVALID', /object/],
  [true, 'USER_ID_INVALID', /boolean/],
  ['', 'USER_ID_INVALID', /empty/],
  ['4\n2', 'USER_ID_INVALID', /U\+000A/],
  ['4'.repeat(65), 'USER_ID_INVALID', /65 characters/],
];
for (const [value, code, detail] of values) {
  test(`the claim ${JSON.stringify(value)?.slice(0, 30)} is ${code === '' ? 'found exactly' : code}`, async (t) => {
    const { ask, claims } = open(t);
    const result = await ask(authorization(await key.sign(claims({ uid: value }))));
    if (code === '') assert.equal(result.kind === 'found' && result.userId, value);
    else refusedAs(result, code, detail);
  });
}

test('a good token without the claim names nobody, also for a claim that every object has', async (t) => {
  const { ask, claims } = open(t);
  const token = await key.sign(claims({ uid: undefined }));
  assert.equal((await ask(authorization(token))).kind, 'missing');
  assert.equal((await ask(authorization(token), [{ ...bearer, claim: 'constructor' }])).kind, 'missing');
});

const opaque = [
  'opaque',
  'a.b.c',
  'eyJ.eyJ.x',
  `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.e30`,
  'a b',
  'a,b',
  '..',
];
for (const token of opaque) {
  test(`the Bearer token "${token}" is the application's: absent, and at once`, (t) => {
    const { ask, events } = open(t);
    const result = ask(authorization(token));
    assert.ok(!(result instanceof Promise) && result.kind === 'missing');
    assert.deepEqual(events, ['token-foreign']);
  });
}

test('other schemes are absent, an empty Bearer is refused, two Authorization lines are too many', async (t) => {
  const { ask, claims } = open(t);
  assert.equal((await ask(['authorization', 'Basic YTpi'])).kind, 'missing');
  assert.equal((await ask(['authorization', 'Bearerx y'])).kind, 'missing');
  refusedAs(await ask(['authorization', 'Bearer']), 'TOKEN_INVALID', /empty/);
  refusedAs(await ask(['authorization', 'Bearer  ']), 'TOKEN_INVALID', /empty/);
  const token = await key.sign(claims());
  refusedAs(await ask([...authorization(token), 'authorization', 'Basic YTpi']), 'USER_ID_REPEATED', /authorization/);
});

test('a token of an issuer that the route does not name is absent, also when it is remembered', async (t) => {
  const { ask, claims } = open(t);
  const token = await key.sign(claims({ iss: OTHER }));
  assert.equal((await ask(authorization(token))).kind, 'missing');
  assert.equal((await ask(authorization(token), [{ ...bearer, issuer: OTHER }])).kind, 'found');
  assert.equal((await ask(authorization(token))).kind, 'missing');
  assert.equal((await ask(authorization(await key.sign(claims({ iss: undefined }))))).kind, 'missing');
});

test('one of several audiences is enough; several claims must agree', async (t) => {
  const { ask, claims } = open(t);
  const headers = authorization(await key.sign(claims({ aud: ['x', 'bank'], sub: '43' })));
  const bank = { ...bearer, audience: 'bank' };
  assert.equal((await ask(headers, [bearer, bank])).kind, 'found');
  refusedAs(await ask(headers, [bank, { ...bank, claim: 'sub' }]), 'USER_ID_CONFLICT', /jwt uid and jwt sub/);
});

test('a token that disagrees with a cookie is a conflict, also when it is remembered', async (t) => {
  const { ask, claims } = open(t);
  const token = authorization(await key.sign(claims()));
  for (let round = 0; round < 2; round++) {
    refusedAs(
      await ask([...token, 'cookie', 'uid=43'], [cookie, bearer]),
      'USER_ID_CONFLICT',
      /cookie uid and jwt uid/,
    );
    assert.equal((await ask([...token, 'cookie', 'uid=42'], [cookie, bearer])).kind, 'found');
  }
});

test('a bad token is refused even if a cookie names the user', async (t) => {
  const { ask, claims } = open(t);
  const token = authorization(await foreign.sign(claims()));
  refusedAs(await ask([...token, 'cookie', 'uid=42'], [cookie, bearer]), 'TOKEN_INVALID', /signature/);
});

test('a token longer than the limit is refused unread, and no more are verified at once than allowed', async (t) => {
  const { ask, claims } = open(t, { token: { ...DEFAULT_IDENTITY_SETTINGS.token, maxLength: 300, maxPending: 1 } });
  const long = await key.sign(claims({ pad: 'x'.repeat(300) }));
  refusedAs(await ask(authorization(long)), 'TOKEN_INVALID', /token\.maxLength/);
  const [one, two] = [await key.sign(claims()), await key.sign(claims())];
  const pending = ask(authorization(one));
  const second = await ask(authorization(two));
  assert.ok(second.kind === 'unavailable' && /token\.maxPending/.test(second.detail));
  assert.equal((await pending).kind, 'found');
});

test('settings that would weaken verification are refused, all at once', () => {
  const jwks = { keys: [] };
  const jwtIssuers = {
    a: { jwks, algorithms: ['HS256', 'none'] },
    b: { jwks: 'http://id.example/keys' },
    c: { jwks, algorithms: [], clockToleranceS: 3600 },
  };
  const settings = { ...DEFAULT_IDENTITY_SETTINGS, jwtIssuers };
  const parts = { clock: new HandClock(), count: () => {}, sessionStore: null, openKeySource: () => assert.fail() };
  assert.throws(
    () => new Identity({ settings, ...parts }),
    (error: Error) => error instanceof TypeError && error.message.split('\n').length === 5,
  );
});
