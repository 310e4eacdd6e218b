import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { routePath } from './route-path.ts';

const NORMALISED: readonly (readonly [path: string, normal: string])[] = [
  ['/', '/'],
  ['*', '*'],
  ['/global/x', '/global/x'],
  ['/global/x/', '/global/x/'],
  ['/%67lobal/x', '/global/x'],
  ['/%47lobal', '/Global'],
  ['/%7Euser/%2Dx%5Fy', '/~user/-x_y'],
  ['/file%2Etxt', '/file.txt'],
  ['/a%20b', '/a%20b'],
  ['/a%3ab%2b', '/a%3Ab%2B'],
  ['/caf%c3%a9', '/caf%C3%A9'],
  ['/%e4%b8%ad%e6%96%87', '/%E4%B8%AD%E6%96%87'],
  ['/100%25', '/100%25'],
  ['/100%25/x', '/100%25/x'],
  ['/100%25zz', '/100%25zz'],
  ['/c%23', '/c%23'],
  ['/what%3f', '/what%3F'],
  ['/...', '/...'],
  ['/.well-known/x', '/.well-known/x'],
  ['/a..b/..c/d..', '/a..b/..c/d..'],
  ["/a!$&'()*+,=:@", "/a!$&'()*+,=:@"],
  ['/[{|}]^`"<>', '/[{|}]^`"<>'],
];

const AMBIGUOUS: readonly (readonly [claim: string, path: string])[] = [
  ['an empty path', ''],
  ['a path without a slash', 'a/b'],
  ['two slashes in front', '//evil.example/x'],
  ['two slashes inside', '/a//b'],
  ['two slashes at the end', '/a//'],
  ['a dot segment', '/a/./b'],
  ['a dot segment at the end', '/a/.'],
  ['a double dot segment', '/catalog/../global/x'],
  ['a double dot segment at the end', '/a/..'],
  ['a double dot segment in front', '/../a'],
  ['encoded dots', '/a/%2e%2e/b'],
  ['one encoded dot of two', '/a/.%2E/b'],
  ['an encoded single dot', '/a/%2e/b'],
  ['an encoded slash', '/a%2fb'],
  ['an encoded slash in upper case', '/a%2Fb'],
  ['an encoded slash behind dots', '/catalog/..%2fglobal'],
  ['a backslash', '/a\\b'],
  ['an encoded backslash', '/a%5cb'],
  ['path parameters', '/global;a=b/x'],
  ['path parameters at a dot segment', '/a/..;/global'],
  ['an encoded semicolon', '/a%3bb'],
  ['an encoded NUL', '/a%00b'],
  ['an encoded CR and LF', '/a%0d%0ab'],
  ['an encoded tab', '/a%09'],
  ['an encoded DEL', '/a%7f'],
  ['a percent alone', '/a%'],
  ['a percent with one digit', '/a%4'],
  ['a percent with no digits', '/a%zzb'],
  ['%u encoding', '/a%u002fb'],
  ['a doubly encoded slash', '/a%252fb'],
  ['a doubly encoded letter', '/%2567lobal'],
  ['a triply encoded slash', '/a%25252fb'],
  ['double encoding with encoded digits', '/a%25%32%66b'],
  ['double encoding with one encoded digit', '/a%25%32f'],
  ['an overlong slash', '/a%c0%afb'],
  ['an overlong slash of three octets', '/a%e0%80%afb'],
  ['an overlong NUL', '/a%c0%80'],
  ['a surrogate', '/a%ed%a0%80'],
  ['a cut off character', '/a%c3'],
  ['a cut off character before another', '/a%c3b%a9'],
  ['a continuation octet alone', '/a%a9'],
  ['an octet that UTF-8 never has', '/a%ff'],
  ['a raw byte above ASCII', '/a\xe9'],
  ['a query', '/a?b'],
  ['a fragment', '/a#b'],
  ['a space', '/a b'],
];

describe('routePath', () => {
  for (const [path, normal] of NORMALISED) {
    test(`makes ${path} to ${normal}`, () => assert.deepEqual(routePath(path), { ok: true, path: normal }));
  }
  for (const [claim, path] of AMBIGUOUS) {
    test(`refuses ${claim}: ${JSON.stringify(path)}`, () => {
      const verdict = routePath(path);
      assert.equal(verdict.ok ? verdict.path : verdict.code, 'AMBIGUOUS_PATH');
    });
  }
});

const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '.',
    '..',
    '%',
    '%2e',
    '%2F',
    '%25',
    '%252e',
    ';',
    '%3B',
    '\\',
    '//',
    'a',
    'G',
    '%41',
    '%c3%a9',
    '%e9',
    '2',
    'f',
    '5',
  ),
  fc.string({ maxLength: 3 }),
);
const somePath = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`);

test('a normal path is a fixed point, has no dot or empty segment, and decodes once only', () => {
  fc.assert(
    fc.property(somePath, (path) => {
      const verdict = routePath(path);
      if (!verdict.ok) return;
      assert.deepEqual(routePath(verdict.path), verdict);
      assert.match(verdict.path, /^\/[!-~]*$/);
      for (const segment of verdict.path.slice(1).split('/').slice(0, -1)) assert.notEqual(segment, '');
      const once = decodeURIComponent(verdict.path);
      for (const segment of once.split('/')) assert.ok(segment !== '.' && segment !== '..', verdict.path);
      assert.equal(once.split('/').length, verdict.path.split('/').length, 'decoding opens no new segment');
      assert.doesNotMatch(once, /%[0-9a-f]{2}|[\\;\0]/i);
    }),
    { numRuns: 3000 },
  );
});

test('an application that decodes sees the same segments as one that does not, for letters, digits and -._~', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z0-9._~-]{0,8}$/),
      fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
      (word, encoded) => {
        const written = [...word].map((c, i) => (encoded[i] ? `%${c.charCodeAt(0).toString(16)}` : c)).join('');
        assert.deepEqual(routePath(`/${written}/x`), { ok: true, path: `/${word}/x` });
      },
    ),
  );
});
