import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EtcdFailure, failureKind } from './etcd-failure.ts';

/** Code, text as etcd 3.4 or gRPC give it, and what a transaction that was sent must become. */
const CASES: readonly [number, string, string][] = [
  [14, 'Connection dropped', 'STORE_AMBIGUOUS'],
  [14, 'etcdserver: request timed out', 'STORE_AMBIGUOUS'],
  [14, 'etcdserver: request timed out, possibly due to previous leader failure', 'STORE_AMBIGUOUS'],
  [14, 'etcdserver: leader changed', 'STORE_AMBIGUOUS'],
  [4, 'Deadline exceeded', 'STORE_AMBIGUOUS'],
  [1, 'Cancelled on client', 'STORE_AMBIGUOUS'],
  [2, 'etcdserver: server stopped', 'STORE_AMBIGUOUS'],
  [13, 'Received RST_STREAM with code 2', 'STORE_AMBIGUOUS'],
  [-1, 'something nobody has seen', 'STORE_AMBIGUOUS'],
  // etcd says this both for a transaction that it refused and for one that it has just applied.
  [8, 'etcdserver: mvcc: database space exceeded', 'STORE_AMBIGUOUS'],
  [8, 'Received message larger than max (70000000 vs. 67108864)', 'STORE_AMBIGUOUS'],
  [15, 'etcdserver: corrupt cluster', 'STORE_AMBIGUOUS'],
  [8, 'etcdserver: too many requests', 'STORE_UNAVAILABLE'],
  [3, 'etcdserver: request is too large', 'STORE_UNAVAILABLE'],
  [3, 'etcdserver: duplicate key given in txn request', 'STORE_UNAVAILABLE'],
  [12, 'unknown method Txn', 'STORE_UNAVAILABLE'],
  [7, 'etcdserver: permission denied', 'STORE_AUTH'],
  [16, 'etcdserver: invalid auth token', 'STORE_AUTH'],
  [3, 'etcdserver: authentication failed, invalid user ID or password', 'STORE_AUTH'],
  [3, 'etcdserver: user name is empty', 'STORE_AUTH'],
  [3, 'etcdserver: revision of auth store is old', 'STORE_AUTH'],
];

test('a transaction is ambiguous unless etcd says that it did not happen', () => {
  for (const [code, details, expected] of CASES) {
    const failure = new EtcdFailure(failureKind(code, details), 'h:1', details);
    assert.equal(failure.asTransactionError().code, expected, details);
    assert.match(failure.asTransactionError().message, /h:1/);
  }
});

test('a read of a compacted revision is told apart, and one of a future revision is asked elsewhere', () => {
  assert.equal(failureKind(11, 'etcdserver: mvcc: required revision has been compacted'), 'compacted');
  const future = new EtcdFailure(
    failureKind(11, 'etcdserver: mvcc: required revision is a future revision'),
    'h:1',
    '',
  );
  assert.equal(future.isWorthAnotherMember, true);
});
