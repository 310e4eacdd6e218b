import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TOKEN_FILE, TOKENS } from '../../../test/support/control-bench.ts';
import { HandClock } from '../../../test/support/hand-clock.ts';
import type { CodedError } from '../../errors.ts';
import type { Role } from '../api-types.ts';
import { authenticate } from './authenticate.ts';
import { FailureBound } from './failure-bound.ts';
import { TokenList, tokenHash } from './token-list.ts';

const tokens = TokenList.parse(TOKEN_FILE);

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'allowed';
  } catch (error) {
    return (error as CodedError).code;
  }
}

function attempt(
  authorization: string | undefined,
  needed: Role,
  bound = new FailureBound(new HandClock()),
  address = 'a',
): string {
  return codeOf(() => authenticate(tokens, bound, address, authorization, needed));
}

test('viewer < operator < admin: each may what it needs and what is below', () => {
  const roles = ['viewer', 'operator', 'admin'] as const;
  for (const [has, role] of roles.entries()) {
    for (const [needs, needed] of roles.entries()) {
      assert.equal(attempt(`Bearer ${TOKENS[role]}`, needed), has >= needs ? 'allowed' : 'FORBIDDEN');
    }
  }
});

test('anything but a known token is UNAUTHENTICATED', () => {
  for (const header of [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Basic abc',
    `Token ${TOKENS.admin}`,
    `Bearer ${TOKENS.admin}x`,
    `Bearer ${TOKENS.admin} x`,
  ]) {
    assert.equal(attempt(header, 'viewer'), 'UNAUTHENTICATED', String(header));
  }
  fc.assert(fc.property(fc.string(), (text) => attempt(text, 'viewer') === 'UNAUTHENTICATED'));
});

test('the hash in the token file does not open anything', () => {
  assert.equal(attempt(`Bearer ${tokenHash(TOKENS.admin)}`, 'viewer'), 'UNAUTHENTICATED');
});

test('beyond the bound an address is refused unlooked, whatever it sends, until the window is over', async () => {
  const clock = new HandClock();
  const bound = new FailureBound(clock, { mostFailures: 3, windowMs: 10_000 });
  for (let times = 0; times < 3; times += 1) assert.equal(attempt('Bearer guess', 'viewer', bound), 'UNAUTHENTICATED');
  assert.equal(attempt('Bearer guess', 'viewer', bound), 'AUTH_THROTTLED');
  assert.equal(attempt(`Bearer ${TOKENS.admin}`, 'viewer', bound), 'AUTH_THROTTLED');
  assert.equal(attempt(`Bearer ${TOKENS.admin}`, 'viewer', bound, 'another address'), 'allowed');
  await clock.advance(10_000);
  assert.equal(attempt(`Bearer ${TOKENS.admin}`, 'viewer', bound), 'allowed');
});

test('a broken script on the same host does not lock out a token that worked from there before', () => {
  const bound = new FailureBound(new HandClock(), { mostFailures: 3 });
  assert.equal(attempt(`Bearer ${TOKENS.operator}`, 'viewer', bound), 'allowed');
  for (let times = 0; times < 10; times += 1) attempt('Bearer old', 'viewer', bound);
  assert.equal(attempt(`Bearer ${TOKENS.operator}`, 'viewer', bound), 'allowed');
  assert.equal(attempt('Bearer old', 'viewer', bound), 'AUTH_THROTTLED');
});

test('a token file with mistakes is refused with all of them, and without what may be the token itself', () => {
  const file = { tokens: [{ name: 'a b', role: 'root', sha256: 'secret-token' }, null, { name: 'x', role: 'viewer' }] };
  assert.throws(
    () => TokenList.parse(file),
    (error: CodedError) =>
      error.code === 'CLI_INPUT' &&
      ['tokens[0].name', 'tokens[0].role', 'tokens[0].sha256', 'tokens[1]', 'tokens[2].sha256'].every((part) =>
        error.detail.includes(part),
      ) &&
      !error.detail.includes('secret-token'),
  );
  for (const bad of [null, 1, {}, { tokens: {} }]) assert.throws(() => TokenList.parse(bad));
  assert.throws(() => TokenList.parse({ tokens: [TOKEN_FILE.tokens[0], TOKEN_FILE.tokens[0]] }), /occurs twice/);
});
