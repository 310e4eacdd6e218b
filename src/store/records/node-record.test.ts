import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BootId, DataCenterId, Epoch, Incarnation, NodeId } from '../../core/ids.ts';
import { decodeEdge, type EdgeRecord, edgeKey, encodeEdge } from './node-record.ts';
import { RecordError } from './record-error.ts';

const RECORD: EdgeRecord = {
  format: 1,
  node: 'gateway-1' as NodeId,
  boot: 'boot-1' as BootId,
  dataCenter: 'hz-a' as DataCenterId,
  version: '0.1.0',
  formats: [1],
  door: 'a:1',
  admin: 'a:2',
  interlink: 'a:3',
  applied: { incarnation: 'i' as Incarnation, epoch: 3 as Epoch },
  cells: [{ cell: 'RZ01A', instances: [{ address: 'a:4', health: 'healthy', origin: 'static' }] }],
  beat: 7,
};
const KEY = edgeKey(RECORD.node, RECORD.boot);

test('a gateway’s record comes back as it was', () => {
  assert.equal(KEY, 'edges/gateway-1/boot-1');
  assert.deepEqual(decodeEdge(KEY, encodeEdge(RECORD)), RECORD);
});

const REFUSED: readonly (readonly [claim: string, change: object, words: RegExp])[] = [
  ['of a future format', { format: 2 }, /format 2, this version reads 1/],
  ['without an interlink', { interlink: undefined }, /interlink is undefined, must be a text/],
  ['whose data center is a number', { dataCenter: 4 }, /dataCenter is 4, must be a text/],
  ['without cells', { cells: 'x' }, /cells is "x", must be a list/],
  ['whose beat is no whole number', { beat: 1.5 }, /beat is 1.5/],
  ['of another node than its key says', { node: 'gateway-2' }, /lies under another name/],
  ['of another boot than its key says', { boot: 'boot-2' }, /lies under another name/],
];
for (const [claim, change, words] of REFUSED) {
  test(`refuses a gateway’s record ${claim}`, () => {
    const text = JSON.stringify({ ...RECORD, ...change });
    assert.throws(
      () => decodeEdge(KEY, text),
      (error) => error instanceof RecordError && words.test(error.message),
    );
  });
}
