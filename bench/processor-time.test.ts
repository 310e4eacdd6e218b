import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorMs, processorMsOf } from './processor-time.ts';

test('user and system time are read behind a name with spaces and brackets', () => {
  const stat = '17 (a) b (c d) S 1 17 17 0 -1 4194560 100 0 0 0 250 30 9 9 20 0 11 0 500 1 1';
  assert.equal(processorMsOf(stat), 2_800);
});

test('this process has used some', () => {
  const end = performance.now() + 60;
  while (performance.now() < end);
  assert.ok(processorMs(process.pid) > 0);
});
