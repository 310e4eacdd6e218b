import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { edgeRecord } from '../../test/support/control-bench.ts';
import type { BootId, MonotonicMs, NodeId } from '../core/ids.ts';
import type { StoreEntry } from '../store/coord-store.ts';
import { edgeKey, encodeEdge } from '../store/records/node-record.ts';
import { type EdgeObservation, gatewayState, NOTHING_OBSERVED, observeEdges } from './edge-liveness.ts';

const GAP_MS = 2_000;
const ALIVE_MS = 6_000;

function entry(node: string, beat: number, version = String(beat)): StoreEntry {
  const record = edgeRecord({ node: node as NodeId, boot: 'b' as BootId, beat });
  return { key: edgeKey(record.node, record.boot), value: encodeEdge(record), version };
}

function observe(readings: readonly (readonly [atMs: number, entries: readonly StoreEntry[]])[]): EdgeObservation {
  return readings.reduce(
    (before, [at, entries]) => observeEdges(before, entries, at as MonotonicMs, GAP_MS),
    NOTHING_OBSERVED,
  );
}

function stateOf(observation: EdgeObservation): string | undefined {
  const [edge] = observation.edges;
  return edge && gatewayState(edge, ALIVE_MS);
}

test('a record that lay there at the first reading is new, not alive', () => {
  assert.equal(stateOf(observe([[0, [entry('a', 1)]]])), 'new');
});

test('a changed beat makes it alive, and so does a record that appears while we watch', () => {
  assert.equal(
    stateOf(
      observe([
        [0, [entry('a', 1)]],
        [1000, [entry('a', 2)]],
      ]),
    ),
    'alive',
  );
  assert.equal(
    stateOf(
      observe([
        [0, []],
        [1000, [entry('a', 7)]],
      ]),
    ),
    'alive',
  );
});

test('a record that is written again with the same beat is no sign of life', () => {
  const readings = Array.from({ length: 8 }, (_, s) => [s * 1000, [entry('a', 5, `v${s}`)]] as const);
  assert.equal(stateOf(observe(readings)), 'silent');
});

test('an outage of the store makes nobody silent: only watched time counts', () => {
  const readings = [
    [0, [entry('a', 1)]],
    [1000, [entry('a', 2)]],
    // The store was down for ten minutes; the gateway could not renew.
    [601_000, [entry('a', 2)]],
  ] as const;
  const observation = observe(readings);
  assert.equal(stateOf(observation), 'alive');
  assert.equal(observation.edges[0]?.silentMs, GAP_MS);
});

test('a bad record is listed, hurts no other, and leaves the last good one in place', () => {
  const bad: StoreEntry = { ...entry('a', 2), value: '{"format":1,"cells":[{}]}' };
  const observation = observe([
    [0, [entry('a', 1), entry('b', 1)]],
    [1000, [bad, entry('b', 2)]],
  ]);
  assert.deepEqual(
    observation.edges.map(({ record, silentMs }) => [record.node, record.beat, silentMs]),
    [
      ['a', 1, 1000],
      ['b', 2, 0],
    ],
  );
  assert.equal(observation.bad.length, 1);
  assert.match(observation.bad[0]?.reason ?? '', /edges\/a\/b/);
});

test('a record with broken lists inside is bad', () => {
  for (const over of [
    { formats: 'x' },
    { applied: 7 },
    { applied: { incarnation: 'i', epoch: 1.5 } },
    { cells: [null] },
    { cells: [{ cell: 'c', instances: [{ address: 'a', health: 'fine', origin: 'static' }] }] },
  ]) {
    const record = { ...edgeRecord({ node: 'a' as NodeId, boot: 'b' as BootId }), ...over };
    const observation = observe([[0, [{ key: 'edges/a/b', value: JSON.stringify(record), version: '1' }]]]);
    assert.equal(observation.bad.length, 1, JSON.stringify(over));
  }
});

test('silence never exceeds the time that passed, and never counts an outage, whatever the readings', () => {
  const step = fc.record({ ms: fc.integer({ min: 0, max: 20_000 }), beat: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let now = 0;
      const readings = steps.map(({ ms, beat }) => {
        now += ms;
        return [now, [entry('a', beat)]] as const;
      });
      const silentMs = observe(readings).edges[0]?.silentMs ?? 0;
      assert.ok(silentMs <= now && silentMs <= GAP_MS * steps.length);
    }),
    { numRuns: 200 },
  );
});

test('any text under edges/ is either read or listed as bad', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (value) => {
      const { edges, bad } = observe([[0, [{ key: 'edges/a/b', value, version: '1' }]]]);
      assert.equal(edges.length + bad.length, 1);
    }),
    { numRuns: 300 },
  );
});
