import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './run-seeds.ts';
import { addResult, NOTHING_RUN } from './run-summary.ts';
import { openTopology } from './topology-file.ts';

/** Fixed: a red run is a change of the code, never of chance. Fresh seeds are for `ldc sim run`. */
const FROM = 1;
const SEEDS = 60;
const LIMIT_MS = 300_000;

test(`seeds ${FROM} to ${FROM + SEEDS - 1} violate nothing`, { timeout: LIMIT_MS }, async () => {
  let summary = NOTHING_RUN;
  const details: string[] = [];
  await runSeeds({
    ...{ from: FROM, seeds: SEEDS, jobs: 2, topology: openTopology('three-cities.yaml'), isOnce: true },
    ended: (result) => {
      summary = addResult(summary, result);
      const { violation, seed } = result;
      if (violation !== null)
        details.push(`${violation.checker}: ${violation.detail}; again: ldc sim replay ${seed} --trace`);
    },
  });
  assert.deepEqual(details, []);
  assert.equal(summary.seeds, SEEDS);
  // What nobody is hit by proves nothing.
  for (const kind of ['killGateway', 'pauseGateway', 'loseDataCenter', 'ambiguousStore', 'cutDataCenters', 'hitGuard'])
    assert.ok((summary.faults[kind] ?? 0) > 0, `no ${kind} in ${SEEDS} seeds`);
  for (const done of ['move done', 'move aborted', 'emergency done'])
    assert.ok((summary.operations[done] ?? 0) > 0, `no "${done}" in ${SEEDS} seeds`);
  assert.ok(summary.requests / (summary.virtualMs / 1000) >= 20, 'fewer than 20 requests a virtual second');
});
