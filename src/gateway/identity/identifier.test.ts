import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import type { Identifier } from './identifier.ts';
import { Identity } from './identity.ts';
import type { IdentityEvent } from './identity-events.ts';
import type { IdentityResult } from './identity-result.ts';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.ts';

const counted: IdentityEvent[] = [];
const identity = new Identity({
  settings: DEFAULT_IDENTITY_SETTINGS,
  clock: new HandClock(),
  count: (event) => counted.push(event),
  sessionStore: null,
  openKeySource: () => assert.fail('no issuer has an address'),
});

const header: IdentitySource = { type: 'header', name: 'X-User-Id' };
const cookie: IdentitySource = { type: 'cookie', name: 'uid' };
const query: IdentitySource = { type: 'query', name: 'uid' };
const path: IdentitySource = { type: 'path', segment: 1 };
const session: IdentitySource = { type: 'session', cookie: 'sid', prefix: 'sess:' };
const jwt: IdentitySource = { type: 'jwt', claim: 'uid', issuer: 'https://id', audience: null, cookie: null };
const all = [header, cookie, query, path, session, jwt];

const compile = (sources: readonly IdentitySource[], identityHeaders: 'trusted' | 'any' = 'any'): Identifier =>
  identity.compile({ sources, identityMs: 100, identityHeaders });
const identifier = compile(all);

type Expected = 'missing' | 'INVALID' | 'CONFLICT' | 'REPEATED' | `=${string}`;

/** What the head says, in one word: the user ID after `=`, or the end of the code. */
function said(result: IdentityResult | Promise<IdentityResult>): string {
  assert.ok(!(result instanceof Promise), 'answered with a promise although nothing had to be waited for');
  if (result.kind === 'found') return `=${result.userId}`;
  return result.kind === 'invalid' ? result.code.replace('USER_ID_', '') : result.kind;
}

/** Target `/orders`, headers after it as `name: value` lines. */
const heads: readonly (readonly [says: Expected, target: string, ...lines: string[]])[] = [
  ['missing', '/'],
  ['missing', '*'],
  ['missing', '/', 'host: a', 'accept: */*', 'cookie: theme=dark; x=1'],
  // Header.
  ['=12345666', '/', 'x-user-id: 12345666'],
  ['=9007199254740993', '/', 'X-USER-ID: 9007199254740993'],
  [`=${'7'.repeat(64)}`, '/', `x-user-id: ${'7'.repeat(64)}`],
  ['INVALID', '/', `x-user-id: ${'7'.repeat(65)}`],
  ['INVALID', '/', `x-user-id: ${'7'.repeat(10_000)}`],
  ['INVALID', '/', 'x-user-id: '],
  ['INVALID', '/', 'x-user-id: \t '],
  ['=1', '/', 'x-user-id: \t1 '],
  ['INVALID', '/', 'x-user-id: 1 2'],
  ['INVALID', '/', 'x-user-id: 1,2'],
  ['INVALID', '/', 'x-user-id: 1\n2'],
  ['INVALID', '/', 'x-user-id: 1\0'],
  ['INVALID', '/', 'x-user-id: "1"'],
  ['INVALID', '/', 'x-user-id: %31'],
  ['INVALID', '/', 'x-user-id: \xe5\xbc\xa0'],
  ['REPEATED', '/', 'x-user-id: 1', 'x-user-id: 1'],
  ['REPEATED', '/', 'x-user-id: 1', 'X-User-ID: 2'],
  ['REPEATED', '/', 'x-user-id: ', 'x-user-id: 2'],
  ['missing', '/', 'x-user-ids: 1', 'x-user_id: 1', 'user-id: 1'],
  // Cookie.
  ['=1', '/', 'cookie: uid=1'],
  ['=1', '/', 'Cookie: a=b;uid=1;c=d'],
  ['=1', '/', 'cookie:  ;; uid = 1 ; '],
  ['=1', '/', 'cookie: uid="1"'],
  ['=1', '/', 'cookie: uid=%31'],
  ['=a=b', '/', 'cookie: uid=a=b'],
  ['INVALID', '/', 'cookie: uid='],
  ['INVALID', '/', 'cookie: uid=""'],
  ['INVALID', '/', 'cookie: uid'],
  ['INVALID', '/', 'cookie: uid="1'],
  ['INVALID', '/', 'cookie: uid="1; x"'],
  ['INVALID', '/', 'cookie: uid=1, uid=2'],
  ['INVALID', '/', 'cookie: uid=%'],
  ['INVALID', '/', 'cookie: uid=%3'],
  ['INVALID', '/', 'cookie: uid=%ff'],
  ['INVALID', '/', 'cookie: uid=%c0%b1'],
  ['INVALID', '/', 'cookie: uid=%0a1'],
  ['INVALID', '/', 'cookie: uid=%2531'],
  ['INVALID', '/', 'cookie: uid=%EF%BC%91'],
  ['INVALID', '/', `cookie: uid=${'%31'.repeat(65)}`],
  [`=${'1'.repeat(64)}`, '/', `cookie: uid=${'%31'.repeat(64)}`],
  ['REPEATED', '/', 'cookie: uid=1; uid=1'],
  ['REPEATED', '/', 'cookie: uid=1', 'cookie: uid=1'],
  ['REPEATED', '/', 'cookie: uid; uid=1'],
  ['=1', '/', 'cookie: a=1', 'cookie: uid=1'],
  ['missing', '/', 'cookie: UID=1; xuid=2; uidx=3; =uid; a=uid=1'],
  // Query.
  ['=1', '/?uid=1'],
  ['=1', '/?a&b=c&uid=1&'],
  ['=1', '/?u%69d=1'],
  ['=a+b', '/?uid=a%2Bb'],
  ['INVALID', '/?uid'],
  ['INVALID', '/?uid='],
  ['INVALID', '/?uid=a+b'],
  ['INVALID', '/?uid=1;uid=2'],
  ['INVALID', '/?uid=1%002'],
  ['INVALID', '/?uid=%zz'],
  ['REPEATED', '/?uid=1&uid=1'],
  ['REPEATED', '/?uid=1&%75%69%64=1'],
  ['REPEATED', '/?uid=1&uid'],
  ['missing', '/?Uid=1&u=2&%zz=3&%ff=4&xuid=5&uid%00=6'],
  // Path.
  ['=77', '/users/77'],
  ['=77', '/users/77/orders'],
  ['=77', '/users/%37%37'],
  ['missing', '/users'],
  ['missing', '/users/'],
  ['INVALID', '/users//orders'],
  ['INVALID', '/users/7;v=1'],
  ['INVALID', '/users/%e5%bc%a0'],
  // Several.
  ['=1', '/users/1?uid=1', 'x-user-id: 1', 'cookie: uid=1'],
  ['CONFLICT', '/users/1?uid=1', 'x-user-id: 1', 'cookie: uid=2'],
  ['CONFLICT', '/', 'x-user-id: 01', 'cookie: uid=1'],
  ['CONFLICT', '/', 'x-user-id: a', 'cookie: uid=A'],
  ['INVALID', '/?uid=2', 'cookie: uid=', 'x-user-id: 1'],
  ['REPEATED', '/?uid=1', 'x-user-id: 1', 'x-user-id: 1'],
  // Sources that this gateway cannot look at are absent.
  ['missing', '/', 'cookie: sid=abc', 'authorization: Bearer a.b.c'],
  ['=1', '/', 'cookie: sid=abc; sid=def; uid=1'],
];

function headOf(target: string, lines: readonly string[]) {
  const mark = target.indexOf('?');
  return {
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? null : target.slice(mark + 1),
    headers: lines.flatMap((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  };
}

for (const [says, target, ...lines] of heads) {
  const shown = [target, ...lines].join(' | ').slice(0, 100);
  test(`${says.slice(0, 40)} is what ${JSON.stringify(shown)} says`, () => {
    assert.equal(said(identifier.identify(headOf(target, lines), { peerIsTrusted: true })), says);
  });
}

test('the first source in the order of the route is named', () => {
  const head = headOf('/users/1?uid=1', ['cookie: uid=1', 'x-user-id: 1']);
  for (const [sources, first] of [
    [[cookie, header, query], 'cookie uid'],
    [[header, cookie], 'header x-user-id'],
    [[path, query], 'path segment 1'],
  ] as const) {
    const result = compile(sources).identify(head, { peerIsTrusted: true });
    assert.deepEqual(result, { kind: 'found', userId: '1', source: first });
  }
});

test('a route without sources finds nobody', () => {
  assert.equal(said(compile([]).identify(headOf('/?uid=1', ['x-user-id: 1']), { peerIsTrusted: true })), 'missing');
});

test('an identity header counts from trusted peers only, unless the realm says any', () => {
  const head = headOf('/', ['x-user-id: 1', 'x-user-id: 2']);
  const trusting = compile([header], 'trusted');
  counted.length = 0;
  const result = trusting.identify(head, { peerIsTrusted: false });
  assert.equal(result instanceof Promise ? '' : result.kind, 'missing');
  assert.deepEqual(counted, ['header-untrusted']);
  assert.equal(said(trusting.identify(head, { peerIsTrusted: true })), 'REPEATED');
  assert.equal(said(compile([header], 'any').identify(head, { peerIsTrusted: false })), 'REPEATED');
});

test('an untrusted header neither agrees nor disagrees with a cookie', () => {
  const head = headOf('/', ['x-user-id: 1', 'cookie: uid=2']);
  assert.equal(said(compile([header, cookie], 'trusted').identify(head, { peerIsTrusted: false })), '=2');
});

test('no detail holds what the client sent', () => {
  for (const [, target, ...lines] of [
    ['', '/?uid=13800138000', 'cookie: uid=13800138001'],
    ['', '/?uid=13800138000&uid=13800138000'],
    ['', `/?uid=13800138000${'0'.repeat(60)}`],
    ['', '/?uid=13800138000%0a'],
  ] as const) {
    const result = identifier.identify(headOf(target, lines), { peerIsTrusted: true });
    assert.ok(!(result instanceof Promise) && result.kind === 'invalid');
    assert.doesNotMatch(result.detail, /1380/);
  }
});

test('warns of sources that the gateway cannot look at', () => {
  const warnings = identity.warnings(all);
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /session sid: no session store/);
  assert.match(warnings[1] ?? '', /jwt uid: no keys for issuer https:\/\/id/);
});

test('heads made to be slow are read in linear time', () => {
  const size = 2_000_000;
  const started = process.cpuUsage();
  for (const piece of [';', '=', 'uid', ' ', '"', ';uid', 'u;', '%75', ' ;']) {
    const text = piece.repeat(size / piece.length);
    identifier.identify(headOf(`/${text}`, [`cookie: ${text}`, `x-user-id: ${text}`]), { peerIsTrusted: true });
    identifier.identify(headOf(`/?${text.replaceAll(';', '&')}`, []), { peerIsTrusted: true });
  }
  const { user, system } = process.cpuUsage(started);
  // About a second; quadratic reading would take hours. Processor time, so that a loaded machine does not matter.
  assert.ok((user + system) / 1_000_000 < 60);
});
