import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ChangeFollower, type ChangeLog } from './change-follower.ts';
import type { FromWorker } from './worker-message.ts';

/** A log that the test moves by hand; the follower polls so seldom that every look is the test's. */
function follow(): {
  log: { revision: number; since: readonly string[] | undefined };
  told: FromWorker[];
  follower: ChangeFollower;
} {
  const log: { revision: number; since: readonly string[] | undefined } = { revision: 5, since: [] };
  const asked: ChangeLog = { revision: () => log.revision, changedSince: () => log.since };
  const told: FromWorker[] = [];
  const follower = new ChangeFollower(
    join(tmpdir(), 'ldc-no-such-file'),
    3_600_000,
    () => asked,
    (message) => told.push(message),
  );
  follower.follow(7);
  assert.deepEqual(told.splice(0), [{ kind: 'following', id: 7, revision: '5' }]);
  return { log, told, follower };
}

test('tells the keys once, and nothing while the revision stands', (t) => {
  const { log, told, follower } = follow();
  t.after(() => follower.stop());
  follower.look();
  assert.deepEqual(told, []);
  Object.assign(log, { revision: 6, since: ['k'] });
  follower.look();
  follower.look();
  assert.deepEqual(told, [{ kind: 'changed', keys: ['k'] }]);
});

test('says lagged when the log no longer goes back far enough', (t) => {
  const { log, told, follower } = follow();
  t.after(() => follower.stop());
  Object.assign(log, { revision: 900, since: undefined });
  follower.look();
  assert.deepEqual(
    told.map((message) => message.kind),
    ['lagged'],
  );
});

test('says lagged when the revision went back, and goes on from there', (t) => {
  const { log, told, follower } = follow();
  t.after(() => follower.stop());
  Object.assign(log, { revision: 2, since: ['never asked'] });
  follower.look();
  Object.assign(log, { revision: 3, since: ['k'] });
  follower.look();
  assert.deepEqual(
    told.map((message) => message.kind),
    ['lagged', 'changed'],
  );
});

test('says lagged after another file took the place, whatever its revision', (t) => {
  for (const revision of [5, 6]) {
    const { log, told, follower } = follow();
    t.after(() => follower.stop());
    follower.forget();
    Object.assign(log, { revision, since: ['k'] });
    follower.look();
    assert.deepEqual(
      told.map((message) => message.kind),
      ['lagged'],
    );
  }
});

test('tells nothing after stop', () => {
  const { log, told, follower } = follow();
  follower.stop();
  Object.assign(log, { revision: 6, since: ['k'] });
  follower.look();
  assert.deepEqual(told, []);
});
