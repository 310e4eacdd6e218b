import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScenario } from '../scenario/open-scenario.ts';
import type { Claim } from '../scenario/scenario.ts';
import type { DrillRecord, Sample } from './drill-record.ts';
import { duration, judge, type Verdict } from './judge.ts';
import { recordOf, writes } from './record.fixture.ts';

const { scenario, topology } = openScenario('data-center-lost');
const LIVE = { ...recordOf([]).engine, kind: 'live' } as const;

function verdict(claim: Claim, samples: readonly Sample[], given: Partial<DrillRecord> = {}): Verdict {
  const [first] = judge({ ...scenario, must: [claim] }, topology.shardRule, recordOf(samples, given));
  assert.ok(first);
  return first;
}

/** The three that every drill has. */
function always(given: Partial<DrillRecord>, samples: readonly Sample[] = []): readonly Verdict[] {
  return judge({ ...scenario, must: [] }, topology.shardRule, recordOf(samples, given));
}

test('one request that failed breaks the claim that none does, and says so', () => {
  const claim = { kind: 'failed', group: 'some', most: 0 } as const;
  const samples = [...writes([0, 1]), ...writes([2], { outcome: 'failed' })];
  assert.deepEqual(verdict(claim, samples), {
    claim: 'failed requests, users “some”',
    limit: '≤ 0',
    seen: '1 of 3',
    holds: false,
  });
  assert.equal(verdict(claim, writes([0])).holds, true);
});

test('a group that sent nothing proves nothing', () => {
  assert.equal(verdict({ kind: 'failed', group: 'some', most: 0 }, []).holds, false);
  assert.equal(verdict({ kind: 'failedShare', group: 'some', most: 0.5 }, []).holds, false);
  assert.equal(verdict({ kind: 'pause', group: 'some', mostMs: 1_000 }, []).holds, false);
});

test('limits of time get the allowance live, and only live', () => {
  const samples = writes([0, 6_000]);
  const claim = { kind: 'pause', group: 'all', mostMs: 5_000 } as const;
  assert.equal(verdict(claim, samples).holds, false);
  const live = verdict(claim, samples, { engine: LIVE });
  assert.deepEqual([live.holds, live.limit, live.seen], [true, '≤ 8.00 s', '6.00 s']);
});

test('recovery is measured from the first fault, or from the end of the last one', () => {
  const fault = (atMs: number, isEnd: boolean): Sample => ({ kind: 'fault', atMs, what: 'cut', isEnd });
  const failed = writes([1_500, 3_000], { outcome: 'failed' });
  const samples = [...writes([0]), fault(1_000, false), ...failed, fault(2_900, true), ...writes([3_100])];
  assert.equal(verdict({ kind: 'recovered', group: 'all', mostMs: 1, since: 'fault' }, samples).seen, '2.11 s');
  assert.equal(verdict({ kind: 'recovered', group: 'all', mostMs: 1, since: 'mend' }, samples).seen, '210 ms');
});

test('a lost write, a wrong one and an unbalanced account each fail a drill', () => {
  const { books } = recordOf([]);
  for (const [part, holds] of [
    [{}, true],
    [{ lost: ['700080 lost-3'] }, false],
    [{ wrong: ['700080 lost-3: amount 2, written 1'] }, false],
    [{ unbalanced: ['700080: balance 3'] }, false],
    [{ acknowledged: 0 }, false],
  ] as const) {
    assert.equal(always({ books: { ...books, ...part } })[0]?.holds, holds, JSON.stringify(part));
  }
  const rpo = verdict({ kind: 'lost', most: 0 }, [], { books: { ...books, lost: ['x'] } });
  assert.deepEqual([rpo.holds, rpo.seen], [false, '1']);
});

test('an emergency whose shards are released is done, though a lost copy has not followed', () => {
  const step = (name: string): Sample => {
    return { kind: 'step', atMs: 1, operation: 1, operationKind: 'emergency', step: name, detail: '' };
  };
  const claim = { kind: 'operation', operation: 1, outcome: 'done' } as const;
  assert.equal(verdict(claim, [step('drain'), step('follow')]).holds, true);
  assert.deepEqual([verdict(claim, [step('drain')]).seen, verdict(claim, []).seen], ['under way', 'not begun']);
});

test('what did not converge says what is missing', () => {
  const missing = ['shards 80-99 are FREEZING'];
  const { holds, seen } = verdict({ kind: 'converged', mostMs: 1_000 }, [], { convergedMs: null, missing });
  assert.deepEqual([holds, seen], [false, 'not at all: shards 80-99 are FREEZING']);
});

test('every shard must be at one of the named units', () => {
  const claim = { kind: 'owner', shards: '70-89', units: ['RZ01'] } as const;
  assert.deepEqual([verdict(claim, []).holds, verdict(claim, []).seen], [false, 'RZ01, RZ02']);
  assert.equal(verdict({ ...claim, shards: '80-99' }, []).holds, true);
});

test('a command that ended otherwise, and a drill that could not be carried out, fail it', () => {
  const command: Sample = {
    kind: 'command',
    atMs: 1,
    endedMs: 2,
    text: 'ldc failover dc sz-a',
    outcome: 'refused: no room',
    expected: 'done',
    asExpected: false,
  };
  const [, commands, carriedOut] = always({ broken: 'cells-sz-a ended by itself' }, [command]);
  assert.deepEqual([commands?.holds, commands?.seen], [false, 'ldc failover dc sz-a: refused: no room']);
  assert.deepEqual([carriedOut?.holds, carriedOut?.seen], [false, 'cells-sz-a ended by itself']);
});

test('durations are told as people say them', () => {
  assert.deepEqual([0.4, 999, 1_000, 12_345, 3_600_000].map(duration), [
    '0 ms',
    '999 ms',
    '1.00 s',
    '12.3 s',
    '60.0 min',
  ]);
});
