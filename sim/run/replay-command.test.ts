import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replayCommand } from './replay-command.ts';

async function replayed(...args: string[]): Promise<{ readonly text: string; readonly code: number }> {
  const parts: string[] = [];
  const code = await replayCommand(args, (text) => parts.push(text));
  return { text: parts.join(''), code };
}

test('a replay prints the same each time, line for line', async () => {
  const first = await replayed('11', '--trace', '--faults-s', '6');
  assert.equal(first.code, 0);
  assert.match(first.text, /writes epoch 1\n/);
  assert.match(first.text, /all faults are over\n/);
  assert.match(first.text, /seed 11: nothing is violated\nhash [0-9a-f]+, the same twice\n/);
  assert.equal((await replayed('11', '--trace', '--faults-s', '6')).text, first.text);
});

test('--only leaves out everything else, and refuses what the seed does not have', async () => {
  const { text } = await replayed('11', '--trace', '--faults-s', '6', '--only', '');
  assert.doesNotMatch(text, /fault {2,}\w+#\d+ for/);
  await assert.rejects(replayed('11', '--only', 'killStore#99'), {
    code: 'CLI_USAGE',
    message: /seed 11 has no killStore#99/,
  });
});

test('a seed is a whole number', async () => {
  for (const bad of ['x', '-1', '1.5']) await assert.rejects(replayed('--', bad), { code: 'CLI_USAGE' });
});
