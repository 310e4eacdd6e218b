import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawFaults } from './draw-faults.ts';
import { FAULT_KINDS, HABITS } from './planned-fault.ts';

test('a seed’s faults are the same each time, in order of time, with names of their own', () => {
  const faults = drawFaults(5, 60_000);
  assert.deepEqual(drawFaults(5, 60_000), faults);
  assert.notDeepEqual(drawFaults(6, 60_000), faults);
  assert.deepEqual(
    [...faults].sort((left, right) => left.atMs - right.atMs),
    faults,
  );
  assert.equal(new Set(faults.map(({ id }) => id)).size, faults.length);
});

test('a hundred seeds have every kind, within the bounds of its habit, and no seed has all of them', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 100; seed += 1) {
    const own = drawFaults(seed, 60_000);
    for (const { kind, forMs, atMs } of own) {
      seen.add(kind);
      assert.ok(forMs >= HABITS[kind].lowMs - 1 && forMs <= HABITS[kind].highMs + 1, `${kind} for ${forMs} ms`);
      assert.ok(atMs >= 0 && atMs <= 60_000);
    }
    assert.ok(new Set(own.map(({ kind }) => kind)).size < FAULT_KINDS.length);
  }
  assert.deepEqual([...seen].sort(), [...FAULT_KINDS].sort());
});
