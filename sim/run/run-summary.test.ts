import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Violation } from '../world/world.ts';
import { addResult, NOTHING_RUN, summaryText } from './run-summary.ts';
import type { SeedResult } from './seed-run.ts';

const COST = { tookMs: 4_000, cpuMs: 6_000, jobs: 2, runsPerSeed: 2 };

function resultOf(seed: number, over: Partial<SeedResult> = {}): SeedResult {
  const counts = {
    faults: { slowStore: 2, killGateway: 1 },
    operations: { 'move done': 1 },
    answers: { 201: 30, 200: 60 },
  };
  return {
    seed,
    violation: null,
    virtualMs: 1_800_000,
    turns: 9_000,
    requests: 45_000,
    ...counts,
    ...over,
  } as SeedResult;
}

test('the summary is these lines, with fields sorted by name', () => {
  const faults = { killGateway: 2, ambiguousStore: 5 };
  const summary = [resultOf(1), resultOf(2, { faults, operations: {} })].reduce(addResult, NOTHING_RUN);
  assert.equal(
    summaryText(summary, COST),
    [
      '2 seeds, each twice with the same hash, 1.00 virtual hours in 4.0 s on 2 threads',
      'speed: 1800 times as fast as time, 1200 times per core (6.0 s of processor time)',
      '90000 tries of clients (25.0 a virtual second), 18000 events, 10 faults',
      'faults: ambiguousStore 5, killGateway 3, slowStore 2',
      'operations: move done 1',
      'answers: 200 120, 201 60',
      'nothing was violated',
      '',
    ].join('\n'),
  );
});

test('seeds that violate something are named in their order, whichever thread was first', () => {
  const violation: Violation = { checker: 'one-owner', sentence: '', detail: '', shard: 1, atMs: 5 };
  const summary = [resultOf(9, { violation }), resultOf(4), resultOf(3, { violation })].reduce(addResult, NOTHING_RUN);
  assert.match(summaryText(summary, { ...COST, runsPerSeed: 1, jobs: 1 }), /^3 seeds, once each.*1 thread\n/);
  assert.match(summaryText(summary, COST), /VIOLATED by 2 seeds: 3, 9\n/);
});
