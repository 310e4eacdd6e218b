import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { IdentitySource } from '../../core/topology-document.ts';
import { Identity } from './identity.ts';
import type { IdentityResult } from './identity-result.ts';
import { DEFAULT_IDENTITY_SETTINGS } from './identity-settings.ts';
import type { RequestHeadView } from './request-head-view.ts';
import { userIdProblem } from './user-id.ts';

const SOURCES: readonly IdentitySource[] = [
  { type: 'header', name: 'x-user-id' },
  { type: 'cookie', name: 'uid' },
  { type: 'query', name: 'uid' },
  { type: 'path', segment: 1 },
];

const identity = new Identity({
  settings: DEFAULT_IDENTITY_SETTINGS,
  clock: new HandClock(),
  count: () => {},
  sessionStore: null,
  openKeySource: () => assert.fail('no issuer has an address'),
});

function identify(head: RequestHeadView, sources = SOURCES): IdentityResult {
  const identifier = identity.compile({ sources, identityMs: 100, identityHeaders: 'any' });
  const result = identifier.identify(head, { peerIsTrusted: true });
  assert.ok(!(result instanceof Promise));
  return result;
}

/** Where a value is put; several values in one place make it occur several times. */
type Place = 'header' | 'cookie' | 'query' | 'path';
interface Presented {
  readonly place: Place;
  readonly value: string;
}

const escaped = (value: string) =>
  [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

function headWith(presented: readonly Presented[]): RequestHeadView {
  const at = (place: Place) => presented.filter((one) => one.place === place).map(({ value }) => value);
  const headers = at('header').flatMap((value) => ['X-User-ID', value]);
  for (const value of at('cookie')) headers.push('cookie', `a=b; uid=${escaped(value)}`);
  const query = at('query').map((value) => `u%69d=${escaped(value)}`);
  return { path: `/u${at('path').map((value) => `/${escaped(value)}`)[0] ?? ''}`, query: query.join('&'), headers };
}

const place = fc.constantFrom<Place>('header', 'cookie', 'query', 'path');
const userId = fc.oneof(fc.stringMatching(/^[0-9]{1,20}$/), fc.stringMatching(/^[!#$&-+.-:<-[\]-~]{1,64}$/));
const fewUserIds = fc.constantFrom('1', '01', '9007199254740992', '9007199254740993');
const presentations = fc.array(fc.record({ place, value: fc.oneof(fewUserIds, userId) }), { maxLength: 4 });

test('a user ID that is allowed is found wherever it stands, to the character', () => {
  fc.assert(
    fc.property(place, userId, (where, value) => {
      assert.equal(userIdProblem(value), null);
      const result = identify(headWith([{ place: where, value }]));
      assert.ok(result.kind === 'found' && result.userId === value);
    }),
  );
});

test('a found user ID is one of the presented, and no source presented another or twice', () => {
  fc.assert(
    fc.property(presentations, (presented) => {
      const looked = presented.filter((one, index) => one.place !== 'path' || presented.findIndex(isPath) === index);
      const result = identify(headWith(presented));
      if (result.kind !== 'found') return;
      assert.ok(looked.length > 0 && looked.every(({ value }) => value === result.userId));
      assert.equal(new Set(looked.map((one) => one.place)).size, looked.length);
    }),
  );
});

const isPath = (one: Presented) => one.place === 'path';

test('the order of the sources changes neither whether a user is found nor who', () => {
  fc.assert(
    fc.property(presentations, fc.shuffledSubarray([...SOURCES], { minLength: 4 }), (presented, shuffled) => {
      const head = headWith(presented);
      const [one, other] = [identify(head), identify(head, shuffled)];
      assert.equal(one.kind, other.kind);
      if (one.kind === 'found' && other.kind === 'found') assert.equal(one.userId, other.userId);
    }),
  );
});

test('a source that occurs twice never finds anybody, whatever stands beside it', () => {
  fc.assert(
    fc.property(
      presentations,
      place.filter((where) => where !== 'path'),
      fewUserIds,
      (presented, where, value) => {
        const twice = [{ place: where, value }, ...presented, { place: where, value }];
        assert.equal(identify(headWith(twice)).kind, 'invalid');
      },
    ),
  );
});

test('arbitrary bytes never throw, and what they find is a user ID', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  const piece = fc.oneof(bytes, fc.constantFrom('uid', '=', ';', '&', '%', '%75', '"', '/', ' ', 'uid=1'));
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const name = fc.oneof(fc.constantFrom('cookie', 'X-User-Id', 'Cookie'), bytes);
  const headers = fc.array(fc.tuple(name, text), { maxLength: 4 }).map((lines) => lines.flat());
  fc.assert(
    fc.property(text, fc.option(text), headers, (path, query, lines) => {
      const result = identify({ path: `/${path}`, query, headers: lines });
      if (result.kind === 'found') assert.equal(userIdProblem(result.userId), null);
    }),
    { numRuns: 1000 },
  );
});
