import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ldc } from '../../../test/support/cli-recorder.ts';
import { MEMORY_TOKEN, startMemoryGates } from '../../../test/support/memory-gate.ts';
import { CONFORMANCE_RULES } from '../../gate/gate-conformance.ts';

const args = (source: string, target: string, more: readonly string[] = []): string[] => [
  ...['gate', 'check', source, '--owner', 'RZ01@hz-a', '--target', target, '--targetOwner', 'RZ01@hz-b'],
  ...['--token', MEMORY_TOKEN, ...more],
];

test('ldc gate check says of a right gate that every rule is kept', async (t) => {
  const { source, target } = await startMemoryGates(t);
  const run = await ldc(args(source.url, target.url));
  assert.equal(run.stderr, '');
  assert.match(run.stdout, new RegExp(`\\n${CONFORMANCE_RULES.length} rules kept, 0 broken, 0 unchecked\\n$`));
  assert.equal(run.exitCode, 0);
});

test('ldc gate check says of a wrong gate which rule is broken, and what that means', async (t) => {
  const { source, target } = await startMemoryGates(t, ['setsInsteadOfMaximum']);
  const run = await ldc(args(source.url, target.url));
  assert.match(run.stdout, /BROKEN {5}highest\n/);
  assert.match(run.stdout, /a late fence was accepted: it turns\s+the\s+row\s+back/);
  assert.equal(run.exitCode, 1);
  const json = await ldc(args(source.url, target.url, ['--json']));
  assert.deepEqual(
    JSON.parse(json.stdout)
      .map(({ verdict }: { verdict: string }) => verdict)
      .slice(0, 3),
    ['kept', 'broken', 'unchecked'],
  );
});

test('ldc gate check refuses what it cannot use', async () => {
  for (const [line, reason] of [
    [['gate', 'check', 'ftp://x', '--owner', 'a@b', '--token', 't'], /must be like http/],
    [['gate', 'check', 'http://x', '--owner', 'a', '--token', 't'], /must be the unit and data center/],
    [['gate', 'check', 'http://x', '--owner', 'a@b', '--token', 't', '--shard', '0-9'], /must be one shard/],
  ] as const) {
    const run = await ldc(line);
    assert.match(run.stderr, reason);
    assert.equal(run.exitCode, 2);
  }
});
