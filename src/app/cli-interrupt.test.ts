import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../test/support/eventually.ts';
import { RecordedControl } from '../../test/support/recorded-control.ts';

const LDC = fileURLToPath(new URL('../../bin/ldc', import.meta.url));
const OPERATION = {
  id: 'op-1',
  kind: 'move',
  step: 'drain',
  sequence: 2,
  author: 'li',
  reason: '',
  createdAt: 0,
  moves: [],
  weights: [],
  movedShards: 1,
  overriddenRules: [],
  supersedes: [],
  lost: [],
  steps: [{ step: 'drain', startedAt: 0, endedAt: null, detail: '' }],
  waiting: { for: ['guards'], until: null },
  abortAskedBy: null,
  isReleased: false,
  frozenMs: null,
  outcome: null,
};

test('Ctrl-C on a real process that watches an operation leaves with exit code 8', async () => {
  const control = await RecordedControl.start({
    'GET /v1/operations/op-1': [{ body: OPERATION }],
    'GET /v1/operations/op-1/events': [{ events: [['operation', OPERATION]], ending: 'silence' }],
  });
  const child = spawn(process.execPath, [LDC, 'operations', 'op-1', '--control', control.url, '--token', 't']);
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes) => (stdout += bytes));
  child.stderr.on('data', (bytes) => (stderr += bytes));
  try {
    // What a long step waits for is told after a quarter of a second: the stream is being read then.
    await eventually('it watches', () => stdout.includes('waits for guards'));
    child.kill('SIGINT');
    assert.equal(await exit, 8);
    assert.match(stderr, /detached: operation op-1 goes on\. Look again: ldc operations op-1/);
    assert.deepEqual(
      control.calls.map(({ call }) => call),
      ['GET /v1/operations/op-1', 'GET /v1/operations/op-1/events'],
    );
  } finally {
    child.kill('SIGKILL');
    await exit;
    await control.close();
  }
});
