import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anyColumns, anyTable, smallWorld, unit } from '../../../test/support/small-world.ts';
import { INCARNATION } from '../../../test/support/three-cities.ts';
import type { Epoch } from '../../core/ids.ts';
import { shardsAtHome, type Table } from '../../core/table.ts';
import { indexTopology } from '../../core/topology.ts';
import { sha256 as sha } from './digest.ts';
import { decodeHead, encodeHead, makeHead } from './head-record.ts';
import { RecordError } from './record-error.ts';
import { decodeTable, type EncodedTable, encodeTable } from './table-record.ts';
import { decodeTableSnapshot, encodeTableSnapshot } from './table-snapshot.ts';

const world = indexTopology(smallWorld());
const content = {
  incarnation: INCARNATION,
  epoch: 20 as Epoch,
  topology: world,
  overrides: [],
  shards: shardsAtHome(world, 1 as Epoch),
};
const encoded = encodeTable(content);

/** All of a table that counts, comparable. */
const meaning = ({ topology, shards, cellsOfUnit, overrides, incarnation, epoch, digest }: Table): unknown => ({
  document: topology.document,
  shards: JSON.stringify({ ...shards, operation: [...shards.operation] }),
  cellsOfUnit,
  overrides,
  incarnation,
  epoch,
  digest,
});

test('any table comes back as it was, from records and from a snapshot', () => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const records = encodeTable(table);
      const wanted = { ...table, digest: records.head.digest };
      assert.deepEqual(meaning(decodeTable(records, 'test')), meaning(wanted));
      assert.deepEqual(meaning(decodeTableSnapshot(encodeTableSnapshot(records), 'test')), meaning(wanted));
    }),
    { numRuns: 50 },
  );
});

test('the digest is the same for the same table and another for any other', () => {
  fc.assert(
    fc.property(anyColumns(world), anyColumns(world), (a, b) => {
      const one = encodeTable({ ...content, shards: a }).head.digest;
      assert.equal(encodeTable({ ...content, shards: a.copy() }).head.digest, one);
      const isEqual = JSON.stringify([{ ...a }, [...a.operation]]) === JSON.stringify([{ ...b }, [...b.operation]]);
      assert.equal(encodeTable({ ...content, shards: b }).head.digest === one, isEqual);
    }),
  );
  assert.notEqual(encodeTable({ ...content, epoch: 21 as Epoch }).head.digest, encoded.head.digest);
});

/** Decoding a damaged text gives the same table, or a RecordError; never another table, never another error. */
function checkDamage(text: string, original: string, decode: (text: string) => unknown): void {
  const wanted = JSON.stringify(decode(original));
  try {
    assert.equal(JSON.stringify(decode(text)), wanted, `another table out of ${JSON.stringify(text.slice(0, 200))}`);
  } catch (error) {
    assert.ok(error instanceof RecordError, String(error));
  }
}

function* damages(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) {
    yield text.slice(0, at) + text.slice(at + 1);
    for (const other of ['0', '9', 'f', '"', ',', ' ']) yield text.slice(0, at) + other + text.slice(at + 1);
  }
}

describe('damage to one character', () => {
  test('of a head is noticed, at each position', () => {
    const text = encodeHead(encoded.head);
    for (const damaged of damages(text)) checkDamage(damaged, text, decodeHead);
  });

  test('of a chunk is noticed, at each position', () => {
    for (const [hash, text] of encoded.chunks) {
      if (text.length > 5000) continue;
      for (const damaged of damages(text)) {
        if (damaged === text) continue;
        const chunks = new Map(encoded.chunks).set(hash, damaged);
        assert.throws(() => decodeTable({ head: encoded.head, chunks }, 'test'), RecordError);
      }
    }
  });

  test('of a snapshot is noticed, wherever it strikes', () => {
    const text = encodeTableSnapshot(encoded);
    const decode = (damaged: string): unknown => meaning(decodeTableSnapshot(damaged, 'test'));
    const strike = fc.record({ at: fc.nat(text.length - 1), other: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(strike, ({ at, other }) => checkDamage(text.slice(0, at) + other + text.slice(at + 1), text, decode)),
      { numRuns: 1500 },
    );
  });
});

test('a snapshot that was cut off anywhere is refused', () => {
  const text = encodeTableSnapshot(encoded);
  for (let length = 0; length < text.length; length += 7) {
    assert.throws(() => decodeTableSnapshot(text.slice(0, length), 'test'), RecordError);
  }
});

const without = (hash: string): EncodedTable => {
  const chunks = new Map(encoded.chunks);
  chunks.delete(hash);
  return { head: encoded.head, chunks };
};
const head = encoded.head;
const withTopology = (document: object): EncodedTable =>
  encodeTable({ ...content, topology: { ...world, document: document as typeof world.document } });

function withOverrides(overrides: unknown): EncodedTable {
  const text = JSON.stringify({ format: 1, overrides });
  const { incarnation, epoch, topology, shards } = head;
  const other = makeHead({ incarnation, epoch, topology, shards, overrides: sha(text) });
  return { head: other, chunks: new Map(encoded.chunks).set(sha(text), text) };
}
const withNumber = JSON.stringify({
  format: 1,
  head: encodeHead(head),
  chunks: { ...Object.fromEntries(encoded.chunks), [head.overrides]: 5 },
});

const REFUSED: readonly (readonly [claim: string, decode: () => unknown, words: RegExp])[] = [
  [
    'a table without a shard chunk',
    () => decodeTable(without(head.shards[0] ?? ''), 'test'),
    /chunks\/[0-9a-f]{64}: is missing/,
  ],
  ['a table without a topology chunk', () => decodeTable(without(head.topology[0] ?? ''), 'test'), /is missing/],
  ['a table of another realm', () => decodeTable(encoded, 'other'), /is of realm "test", this node serves "other"/],
  [
    'a topology of a future format',
    () => decodeTable(withTopology({ ...smallWorld(), format: 2 }), 'test'),
    /format 2, this version reads 1/,
  ],
  [
    'a topology that names an unknown data center',
    () => decodeTable(withTopology(smallWorld({ units: [unit('R', 'R1', { x: 1 })] })), 'test'),
    /data center "x" is not in the topology/,
  ],
  [
    'a topology without units',
    () => decodeTable(withTopology({ ...smallWorld(), units: undefined }), 'test'),
    /record chunks/,
  ],
  [
    'a topology without cities',
    () => decodeTable(withTopology({ ...smallWorld(), cities: 3 }), 'test'),
    /record chunks/,
  ],
  ['a head that is no JSON', () => decodeHead('{'), /record head: not JSON/],
  ['a head that is a list', () => decodeHead('[]'), /not a JSON object/],
  [
    'a head of a future format',
    () => decodeHead(JSON.stringify({ ...head, format: 2 })),
    /format 2, this version reads 1/,
  ],
  ['a head without an incarnation', () => decodeHead(JSON.stringify({ ...head, incarnation: '' })), /no incarnation/],
  ['a head of epoch 0', () => decodeHead(JSON.stringify({ ...head, epoch: 0 })), /epoch 0, must be a whole number ≥ 1/],
  ['a head of epoch 1.5', () => decodeHead(JSON.stringify({ ...head, epoch: 1.5 })), /epoch 1.5/],
  [
    'a head without shards',
    () => decodeHead(JSON.stringify({ ...head, shards: [] })),
    /must name chunks by 64 hex digits/,
  ],
  [
    'a head with another digest',
    () => decodeHead(JSON.stringify({ ...head, digest: 'x' })),
    /digest x, its content has/,
  ],
  ['a head whose epoch was edited', () => decodeHead(JSON.stringify({ ...head, epoch: 21 })), /digest/],
  ['overrides that are no list', () => decodeTable(withOverrides({}), 'test'), /no list of overrides/],
  [
    'an override without weights',
    () => decodeTable(withOverrides([{ unit: 'R1' }]), 'test'),
    /override 0 has no weights/,
  ],
  [
    'an override with a weight of 101',
    () => decodeTable(withOverrides([{ weights: { a: 101 } }]), 'test'),
    /override 0 has no weights/,
  ],
  [
    'a snapshot without chunks',
    () => decodeTableSnapshot(JSON.stringify({ format: 1, head: encodeHead(head) }), 'test'),
    /no head or no chunks/,
  ],
  [
    'a snapshot of a future format',
    () => decodeTableSnapshot(JSON.stringify({ format: 9 }), 'test'),
    /format 9, this version reads 1/,
  ],
  [
    'a snapshot whose chunk is no text',
    () => decodeTableSnapshot(withNumber, 'test'),
    /chunk [0-9a-f]{64} is not a text/,
  ],
];

for (const [claim, decode, words] of REFUSED) {
  test(`refuses ${claim}`, () => {
    assert.throws(decode, (error) => error instanceof RecordError && words.test(error.message));
  });
}

test('tables whose topology has one text share it, and only those', () => {
  const before = decodeTable(encoded, 'test');
  assert.equal(decodeTable(encodeTable({ ...content, epoch: 21 as Epoch }), 'test').topology, before.topology);
  const other = indexTopology(smallWorld({ survive: 'city' }));
  assert.notEqual(decodeTable(encodeTable({ ...content, topology: other }), 'test').topology, before.topology);
});

test('a topology of many chunks comes back whole, characters outside the basic plane at their borders too', () => {
  const name = `${'x'.repeat(128 * 1024 - 1)}😀${'😀'.repeat(100_000)}`;
  const document = smallWorld({ routes: smallWorld().routes.map((route) => ({ ...route, hosts: [name] })) });
  const large = encodeTable({ ...content, topology: indexTopology(document) });
  assert.ok(large.head.topology.length > 3);
  for (const text of large.chunks.values()) {
    assert.ok(Buffer.byteLength(text) <= 512 * 1024);
    assert.equal(Buffer.from(text, 'utf8').toString('utf8'), text);
  }
  assert.deepEqual(decodeTable(large, 'test').topology.document, document);
});
