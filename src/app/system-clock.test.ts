import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SYSTEM_CLOCK } from './system-clock.ts';

const CLOCK = fileURLToPath(new URL('./system-clock.ts', import.meta.url));
const PROGRAM = `import { SYSTEM_CLOCK } from ${JSON.stringify(CLOCK)}; console.log(SYSTEM_CLOCK.monotonicMs());`;

test('instants of two processes are of one clock: what was between two of one is between them in the other', () => {
  for (let round = 0; round < 3; round += 1) {
    const before = SYSTEM_CLOCK.monotonicMs();
    const there = Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], { encoding: 'utf8' }),
    );
    const after = SYSTEM_CLOCK.monotonicMs();
    assert.ok(before < there && there < after, `${before} < ${there} < ${after}`);
  }
});

test('the clock is the machine’s monotonic one, to a fraction of a millisecond', () => {
  const apart = Array.from({ length: 100 }, () => {
    const machine = Number(process.hrtime.bigint()) / 1e6;
    return Math.abs(SYSTEM_CLOCK.monotonicMs() - machine);
  });
  assert.ok(Math.min(...apart) < 0.2, `${Math.min(...apart)} ms apart`);
});
