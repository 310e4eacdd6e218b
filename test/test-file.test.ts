import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type FileResult, runTestFile } from '../scripts/test-file.ts';
import { closingLines, failureText, isGood } from '../scripts/test-summary.ts';

const LIMITS = { testMs: 20_000, fileMs: 20_000, endMs: 1_000 };

/** Runs a test file with this text. */
async function run(text: string, limits = LIMITS): Promise<FileResult> {
  const directory = await mkdtemp(join(tmpdir(), 'ldc-file-'));
  try {
    const file = join(directory, 'one.mts');
    await writeFile(file, `import { describe, test } from 'node:test';\n${text}`);
    return await runTestFile(file, { directory, namePattern: null, signal: new AbortController().signal, limits });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('the runner of one test file', { concurrency: true }, () => {
  test('counts what passes, and shows reasons of what is skipped', async () => {
    const result = await run("describe('a', () => { test('b', () => {}); test('c', { skip: 'why' }, () => {}); });");
    assert.equal(result.fault, null);
    assert.deepEqual([result.counts.tests, result.counts.passed, result.counts.skipped], [2, 1, 1]);
    assert.deepEqual(result.skipped, [{ kind: 'skipped', name: 'a › c', reason: 'why' }]);
    assert.ok(isGood([result]));
    assert.ok(closingLines([result], 5).includes('# tests 2'));
  });

  test('shows a failure once, with its path, line and message', async () => {
    const result = await run("describe('a', () => {\n  test('b', () => { throw new Error('c is wrong'); });\n});");
    assert.equal(result.failures.length, 1);
    assert.deepEqual([result.failures[0]?.name, result.failures[0]?.line], ['a › b', 3]);
    assert.match(failureText(result), /c is wrong/);
    assert.ok(!isGood([result]));
    assert.ok(closingLines([result], 5).includes('# fail 1'));
  });

  test('blames a file that cannot be loaded, and one that ends before its tests', async () => {
    const unloadable = await run("throw new Error('no database here');");
    assert.match(unloadable.fault ?? '', /exit code 1\) before its tests did/);
    assert.match(failureText(unloadable), /no database here/);
    const early = await run("test('a', () => { process.kill(process.pid, 'SIGKILL'); });");
    assert.match(early.fault ?? '', /SIGKILL\) before its tests did/);
    assert.ok(closingLines([early], 5).includes('# fail 1'));
  });

  test('ends a file whose process does not end, and says so', async () => {
    const result = await run("test('a', () => { setInterval(() => {}, 1_000); });");
    assert.match(result.fault ?? '', /no test runs any more, but its process does not end/);
  });

  test('ends a file that takes too long', async () => {
    const result = await run("test('a', () => new Promise((done) => setTimeout(done, 60_000)));", {
      ...LIMITS,
      fileMs: 1_500,
    });
    assert.match(result.fault ?? '', /not finished after 1.5 s/);
  });

  test('kills and names a process that was left behind, even one with a session of its own', async () => {
    const start = "spawn('sleep', ['45'], { stdio: 'ignore', detached: true })";
    const result = await run(`import { spawn } from 'node:child_process';\ntest('a', () => { ${start}.unref(); });`);
    assert.match(result.fault ?? '', /left behind: \d+ sleep 45/);
    const pid = Number(/\d+/.exec(result.fault ?? '')?.[0]);
    await assert.doesNotReject(async () => {
      while (isRunning(pid)) await new Promise((resolve) => setImmediate(resolve));
    });
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
