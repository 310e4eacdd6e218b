import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trace } from '../world/trace.ts';
import { explain } from './explain.ts';
import type { SeedResult } from './seed-run.ts';

const violation = { checker: 'one-owner', sentence: 'One owner.', detail: 'both would admit', shard: 7, atMs: 12_345 };
const lines = [{ at: 12_000, shard: 7, who: 'gateway-hz-a-1', text: 'admits a write at 1 for RZ01' }];
const RESULT = { seed: 5, violation, lines, planned: ['pauseGateway#1', 'killStore#2'] } as unknown as SeedResult;

test('a violation is told by seed, commit, sentence, the faults that it takes, a command and a time line of its shard', () => {
  const shrunk = { result: RESULT, kept: ['pauseGateway#1'], runs: 3 };
  assert.deepEqual(explain(RESULT, 'abc123', 'ldc sim replay 5', shrunk).split('\n'), [
    'VIOLATED by seed 5 at 12.345 s, commit abc123',
    '  one-owner: One owner.',
    '  both would admit',
    '  it takes (of 2 faults and commands): pauseGateway#1',
    '  again: ldc sim replay 5',
    '',
    'what happened last to shard 07, and to all of them (virtual time, shard, who, what):',
    '   12.0000 s  07  gateway-hz-a-1   admits a write at 1 for RZ01',
    '',
  ]);
});

test('the trace of one shard leaves the others out, and that of none has only what concerns all', () => {
  const trace = new Trace(100);
  for (const shard of [7, 8, -1]) trace.note(0, shard, 'x', `about ${shard}`);
  const about = (shard: number): string[] => trace.about(shard, 10).map(({ text }) => text);
  assert.deepEqual(about(7), ['about 7', 'about -1']);
  assert.deepEqual(about(-1), ['about -1']);
});
