import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { chooseInstance, type InstanceLoad, slowStartWeight } from './choose-instance.ts';

const load = fc.record({ inFlight: fc.nat(1000), weight: fc.constantFrom(0.1, 0.5, 1) });

test('the index is one of the candidates, and -1 only without any', () => {
  fc.assert(
    fc.property(fc.array(load, { maxLength: 64 }), fc.integer(), (candidates, seed) => {
      const index = chooseInstance(candidates, seededRandom(seed));
      assert.ok(candidates.length === 0 ? index === -1 : index >= 0 && index < candidates.length);
    }),
  );
});

test('of several warm candidates the most loaded one is never chosen', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 32 }), fc.integer(), (loads, seed) => {
      const candidates = loads.map((inFlight) => ({ inFlight, weight: 1 }));
      const chosen = candidates[chooseInstance(candidates, seededRandom(seed))] as InstanceLoad;
      assert.ok(chosen.inFlight < Math.max(...loads));
    }),
  );
});

test('equal candidates get equal shares', () => {
  const random = seededRandom(1);
  const candidates = Array.from({ length: 5 }, () => ({ inFlight: 0, weight: 1 }));
  const counts = [0, 0, 0, 0, 0];
  for (let round = 0; round < 10_000; round += 1) {
    const index = chooseInstance(candidates, random);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 2000) < 200, String(counts));
});

test('an idle instance that warms up gets about its weight of the draws against a busy one', () => {
  const random = seededRandom(2);
  const candidates = [
    { inFlight: 50, weight: 1 },
    { inFlight: 0, weight: 0.1 },
  ];
  let fresh = 0;
  for (let round = 0; round < 10_000; round += 1) fresh += chooseInstance(candidates, random);
  assert.ok(fresh > 800 && fresh < 1_200, String(fresh));
});

test('load stays close to even when each choice adds to it', () => {
  const random = seededRandom(3);
  const candidates = Array.from({ length: 10 }, () => ({ inFlight: 0, weight: 1 }));
  for (let round = 0; round < 10_000; round += 1) {
    const chosen = candidates[chooseInstance(candidates, random)];
    if (chosen !== undefined) chosen.inFlight += 1;
  }
  for (const { inFlight } of candidates) assert.ok(Math.abs(inFlight - 1000) <= 10, String(inFlight));
});

test('the weight grows from a tenth to one over the slow start', () => {
  assert.equal(slowStartWeight(0, 10_000), 0.1);
  assert.equal(slowStartWeight(5_000, 10_000), 0.5);
  assert.equal(slowStartWeight(10_000, 10_000), 1);
  assert.equal(slowStartWeight(0, 0), 1);
});
