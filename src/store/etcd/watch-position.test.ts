import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IResponseHeader, IWatchResponse } from 'etcd3';
import fc from 'fast-check';
import { WatchPosition } from './watch-position.ts';

const header = (revision: number, cluster = 'c1'): IResponseHeader => ({
  revision: String(revision),
  cluster_id: cluster,
  member_id: 'm',
  raft_term: '1',
});

/** A response with events of these revisions; with none it is a progress notification. */
function response(revisions: readonly number[], fragment = false, at = 0): IWatchResponse {
  const events = revisions.map((revision) => ({ type: 'Put', kv: { mod_revision: String(revision) } }));
  return { header: header(at), events, fragment } as unknown as IWatchResponse;
}

test('begins right after the revision that was read', () => {
  const position = new WatchPosition();
  assert.equal(position.resume(header(41)), undefined);
  assert.equal(position.next, '42');
});

/** Story: etcd3 resumes from the header of the new stream; a second disconnect before the backlog loses the backlog. */
test('any number of reconnects without events leaves the position where it was', () => {
  const position = new WatchPosition();
  position.resume(header(10));
  for (const revision of [20, 30, 40]) assert.equal(position.resume(header(revision)), undefined);
  assert.equal(position.next, '11');
});

/** Story: a time-out moved APISIX's watch forward, and etcd 3.4 sends progress ahead of events: silent, permanent loss. */
test('progress notifications do not move it', () => {
  const position = new WatchPosition();
  position.resume(header(10));
  position.take(response([], false, 99));
  assert.equal(position.next, '11');
});

test('a revision counts as delivered with the last of its fragments', () => {
  const position = new WatchPosition();
  position.resume(header(10));
  position.take(response([11], true));
  assert.equal(position.next, '11');
  position.take(response([11]));
  assert.equal(position.next, '12');
});

test('a store that went back, or another cluster, begins anew with a reason', () => {
  const position = new WatchPosition();
  position.resume(header(100));
  assert.match(position.resume(header(3)) ?? '', /went back from revision 100 to 3/);
  assert.equal(position.next, '4');
  assert.match(position.resume(header(500, 'c2')) ?? '', /another cluster/);
  assert.equal(position.next, '501');
  assert.equal(position.resume(header(500, 'c2')), undefined);
});

test('after a compaction it begins at the present', () => {
  const position = new WatchPosition();
  position.resume(header(10));
  position.lose();
  position.resume(header(70));
  assert.equal(position.next, '71');
});

test('law: on one growing store, nothing is ever skipped, however connections break and events repeat', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('write' as const) }),
    fc.record({ kind: fc.constant('reconnect' as const) }),
    fc.record({ kind: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('repeat' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let revision = 5;
      const position = new WatchPosition();
      position.resume(header(revision));
      const delivered = new Set<number>();
      let sendNext = Number(position.next);
      for (const step of steps) {
        if (step.kind === 'write') revision += 1;
        else if (step.kind === 'reconnect') {
          position.resume(header(revision));
          sendNext = Number(position.next);
        } else if (step.kind === 'repeat') sendNext = 6;
        else {
          const batch = Array.from({ length: step.count }, (_, index) => sendNext + index).filter(
            (each) => each <= revision,
          );
          for (const each of batch) delivered.add(each);
          position.take(response(batch));
          sendNext += batch.length;
        }
        for (let each = 6; each < Number(position.next); each += 1)
          assert.ok(delivered.has(each), `${each} was skipped`);
      }
    }),
  );
});
