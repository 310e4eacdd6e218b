import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCommand } from './run-command.ts';

/** A move under load with a limit for its pause. */
function scenarioFile(t: TestContext, mostMs: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-scenario-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'short-move.yaml');
  writeFileSync(
    file,
    `
title: A short move
story: Some shards move while their users write.
load: [{group: moved, shards: 80-83, writesPerSecond: 20}]
timeline: [{atMs: 500, operate: 'move 80-83 --to RZ01'}]
durationMs: 2000
must: [{pause: {group: moved, mostMs: ${mostMs}}}, {lost: {most: 0}}]
`,
  );
  return file;
}

async function run(...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const code = await runCommand(args, (more) => {
    text += more;
  });
  return { code, text };
}

test('a scenario holds with every seed, and the run says what that was', async (t) => {
  const { code, text } = await run('--scenario', scenarioFile(t, 2_000), '--seeds', '3', '--jobs', '2');
  assert.equal(code, 0, text);
  assert.match(text, /^short-move: A short move\n/);
  assert.match(text, /3 seeds, 0\.0\d virtual hours in .* s\n\d+ requests of clients, \d+ events/);
  assert.match(text, /every claim of the scenario held, and no statement was violated/);
});

test('a claim that does not hold is told with its seed and the command that shows it again', async (t) => {
  const file = scenarioFile(t, 0);
  const { code, text } = await run('--scenario', file, '--seeds', '2', '--from', '7', '--jobs', '1', '--keep-going');
  assert.equal(code, 1);
  assert.ok(text.includes(`FAILED with seed 7; again: ldc drill ${file} --seed 7`), text);
  assert.match(text, /BROKEN pause of writes, users “moved”: \d+ ms \(≤ 0 ms\)/);
  assert.match(text, /FAILED: 2 of 2 seeds \(7, 8\)/);
});

test('what does not go together is refused', async () => {
  await assert.rejects(run('--scenario', 'nope'), /there is no scenario "nope"/);
  await assert.rejects(run('--scenario', 'city-lost', '--faults-s', '9'), /--faults-s does not go with --scenario/);
});
