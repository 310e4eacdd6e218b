import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzLanes } from './fuzz-lanes.ts';
import { FUZZED_LANES } from './fuzzed-lanes.ts';

test('2,000 generated connections are read as a strict reader reads them', { timeout: 120_000 }, async () => {
  const plan = { lanes: FUZZED_LANES, seed: 20_261_121, messages: 2_000, seats: 16, progress: () => undefined };
  const { sent, readings, differences } = await fuzzLanes(plan);
  assert.deepEqual(differences, []);
  assert.equal(sent, 2_000);
  // The generator draws what is served and what is refused, both often enough to mean something.
  for (const kind of ['served', 'refused'] as const)
    assert.ok((readings[kind] ?? 0) > 500, `${kind}: ${readings[kind]}`);
});
