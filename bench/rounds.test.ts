import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figure, isMet, timeFigure } from './figure.ts';
import { measureRounds, type Work } from './rounds.ts';

test('every piece runs in every round, one after the other, and only measured rounds have times', () => {
  const runs: string[] = [];
  const work = (name: string, repeats: number): [string, Work] => [
    name,
    { repeats, operations: 1, run: () => runs.push(name) },
  ];
  const times = measureRounds(new Map([work('a', 1), work('b', 2)]), { warmUps: 1, rounds: 2 });
  assert.deepEqual(runs.join(''), 'abb'.repeat(3));
  for (const name of ['a', 'b']) {
    assert.equal(times.get(name)?.clockMs.length, 2);
    assert.equal(times.get(name)?.processorMs.length, 2);
    assert.ok(times.get(name)?.clockMs.every((ms) => ms >= 0));
  }
});

test('a time is that of one operation', () => {
  const waits = (ms: number): number => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return ms;
  };
  const works = new Map([['x', { repeats: 2, operations: 10, run: () => waits(10) }]]);
  const [ms] = measureRounds(works, { warmUps: 0, rounds: 1 }).get('x')?.clockMs ?? [];
  assert.ok(ms !== undefined && ms >= 1, `${ms} ms; twenty operations took 20 ms at least`);
});

test('work whose outcome is not a number is refused', () => {
  const works = new Map([['x', { repeats: 1, operations: 1, run: () => Number.NaN }]]);
  assert.throws(() => measureRounds(works, { warmUps: 0, rounds: 1 }), /returned NaN/);
});

test('a figure of times is in its unit, and has both the clock’s and the processor’s', () => {
  const made = timeFigure('x', 'ns', { clockMs: [0.002, 0.001, 0.003], processorMs: [0.001, 0.001, 0.001] });
  assert.equal(made.measured.median, 2000);
  assert.equal(made.processor?.median, 1000);
  assert.equal(made.target, null);
});

test('a target is met up to and with its bound, by the median', () => {
  const met = (bound: 'at most' | 'at least', values: number[]): boolean | null =>
    isMet(figure({ name: 'x', unit: 'ms', values, target: { bound, value: 50 } }));
  assert.deepEqual([met('at most', [1, 50, 999]), met('at most', [1, 51, 999])], [true, false]);
  assert.deepEqual([met('at least', [1, 50, 999]), met('at least', [1, 49, 999])], [true, false]);
  assert.equal(isMet(figure({ name: 'x', unit: 'ms', values: [1] })), null);
});
