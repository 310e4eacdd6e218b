import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atEpoch, threeCitiesTable } from '../../test/support/three-cities.ts';
import { acceptTable, type TableVersion } from './accept-table.ts';
import type { Epoch, Incarnation } from './ids.ts';

const anyVersion: fc.Arbitrary<TableVersion> = fc
  .record({
    realm: fc.constantFrom('one', 'two'),
    incarnation: fc.constantFrom('a', 'b'),
    succeeds: fc.constantFrom(undefined, [], ['a'], ['b'], ['x', 'a']),
    epoch: fc.integer({ min: 1, max: 4 }),
    digest: fc.constantFrom('x', 'y'),
  })
  .map(({ realm, incarnation, succeeds, epoch, digest }) => ({
    incarnation: incarnation as Incarnation,
    ...(succeeds !== undefined && { succeeds: [...succeeds] as Incarnation[] }),
    epoch: epoch as Epoch,
    digest,
    topology: { document: { realm } },
  }));

test('only a higher epoch of the same realm is ever accepted, of the same incarnation or of one that succeeds it', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (current, candidate) => {
      const isRealm = current.topology.document.realm === candidate.topology.document.realm;
      const isOwn = isRealm && current.incarnation === candidate.incarnation;
      const isHeir = isRealm && (candidate.succeeds ?? []).includes(current.incarnation);
      const { kind } = acceptTable(current, candidate);
      assert.equal(kind === 'accepted', (isOwn || isHeir) && candidate.epoch > current.epoch);
      assert.equal(kind === 'same', isOwn && candidate.epoch === current.epoch && candidate.digest === current.digest);
    }),
    { numRuns: 500 },
  );
});

test('of two different tables at most one replaces the other', () => {
  fc.assert(
    fc.property(anyVersion, anyVersion, (a, b) => {
      assert.ok(!(acceptTable(a, b).kind === 'accepted' && acceptTable(b, a).kind === 'accepted'));
    }),
    { numRuns: 500 },
  );
});

test('however tables arrive, the epoch only grows, and the incarnation stays or is succeeded', () => {
  fc.assert(
    fc.property(fc.array(anyVersion), (arriving) => {
      let current: TableVersion | null = null;
      for (const candidate of arriving) {
        if (acceptTable(current, candidate).kind !== 'accepted') continue;
        if (current !== null) {
          assert.ok(candidate.epoch > current.epoch);
          const isHeir = (candidate.succeeds ?? []).includes(current.incarnation);
          assert.ok(isHeir || candidate.incarnation === current.incarnation);
        }
        current = candidate;
      }
    }),
  );
});

const table = atEpoch(threeCitiesTable(), 5);

test('any table is taken where there is none', () => {
  assert.deepEqual(acceptTable(null, table), { kind: 'accepted' });
});

test('a refusal names what was seen and what runs', () => {
  const refusals = [
    [atEpoch(table, 4), 'older', /epoch 4, this gateway runs 5/],
    [
      { ...table, incarnation: 'other' as Incarnation },
      'foreign',
      /incarnation other, this gateway runs .*re-created or restored/,
    ],
    [{ ...table, topology: { document: { realm: 'b' } } }, 'foreign', /realm "b", this gateway serves "test"/],
    [atEpoch(table, 5, 'digest-x'), 'contradicts', /two tables claim epoch 5: digest-x and digest-5/],
  ] as const;
  for (const [candidate, reason, words] of refusals) {
    const acceptance = acceptTable(table, candidate);
    assert.ok(acceptance.kind === 'refused');
    assert.equal(acceptance.reason, reason);
    assert.match(acceptance.detail, words);
  }
});
