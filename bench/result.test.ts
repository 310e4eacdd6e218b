import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BENCHMARKS } from './benchmarks.ts';
import { figure } from './figure.ts';
import { machineFacts } from './machine.ts';
import { newestResults, type Result, writeResult } from './result.ts';
import { amount, resultPage } from './result-page.ts';
import { sourceState } from './source-state.ts';

const RESULTS = fileURLToPath(new URL('./results', import.meta.url));

function resultOf(name: string, at: string, values: number[]): Result {
  const figures = [
    figure({ name: 'one thing', unit: 'ms', values, processorValues: [2], target: { bound: 'at most', value: 50 } }),
  ];
  const machine = { ...machineFacts(), processor: 'Some CPU', cores: 2, memoryGiB: 8, loadAtStart: 0.5 };
  const source = { commit: 'abc123', isCommitted: false };
  return {
    ...{ format: 1, name, title: 'Some title', what: 'What was run.', at, command: 'npm run bench -- x' },
    ...{ source, machine, figures },
  };
}

test('the newest result of each benchmark is found, and a second one of a day replaces the first', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ldc-bench-'));
  try {
    writeFileSync(join(directory, 'README.md'), 'not a result');
    writeResult(directory, resultOf('a', '2026-02-01T10:00:00.000Z', [1]));
    writeResult(directory, resultOf('a', '2026-01-01T10:00:00.000Z', [2]));
    writeResult(directory, resultOf('b-c', '2026-01-01T10:00:00.000Z', [3]));
    assert.equal(writeResult(directory, resultOf('b-c', '2026-01-01T11:00:00.000Z', [4])), '2026-01-01-b-c.json');
    const newest = [...newestResults(directory)].map(([name, { file, result }]) => [
      name,
      file,
      result.figures[0]?.measured.median,
    ]);
    assert.deepEqual(newest.sort(), [
      ['a', '2026-02-01-a.json', 1],
      ['b-c', '2026-01-01-b-c.json', 4],
    ]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the page has every figure with its target, and says where it was measured and of what', () => {
  const result = resultOf('a', '2026-02-01T10:20:30.000Z', [40, 60, 100]);
  const page = resultPage([{ file: '2026-02-01-a.json', result }]);
  assert.match(page, /## Some title/);
  assert.match(page, /\| one thing \| 60\.0 ms \| 40\.0 – 100 \| 2\.00 \| 3 \| ≤ 50 ms: \*\*missed\*\* \|/);
  assert.match(page, /2026-02-01 10:20 UTC · `npm run bench -- x` · commit abc123 with uncommitted changes/);
  assert.match(page, /Some CPU, 2 cores, 8 GiB · Node\.js v\d.* load before the start 0\.5/);
});

test('amounts have three digits that count', () => {
  assert.deepEqual([0, 0.01234, 1.234, 12.34, 123.4, 12_345.6].map(amount), [
    ...['0', '0.0123', '1.23', '12.3', '123', '12,346'],
  ]);
});

test('the committed page is that of the committed results', () => {
  const newest = newestResults(RESULTS);
  const filed = BENCHMARKS.flatMap(({ name }) => newest.get(name) ?? []);
  assert.equal(readFileSync(join(RESULTS, 'README.md'), 'utf8'), resultPage(filed));
});

test('a folder outside of a repository has no commit', () => {
  assert.deepEqual(sourceState('/'), { commit: 'unknown', isCommitted: false });
});
