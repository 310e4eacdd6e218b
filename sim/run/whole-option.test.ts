import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeOption } from './whole-option.ts';

test('an option is a whole number in digits, not below the least, or was not given', () => {
  assert.equal(wholeOption('seeds', undefined, 100, 1), 100);
  assert.equal(wholeOption('seeds', '1', 100, 1), 1);
  assert.equal(wholeOption('from', '007', 1, 0), 7);
  for (const text of ['', ' ', '0', '-1', '1.5', '1e4', '0x10', 'ten', '9'.repeat(16)]) {
    const message = `--seeds is ${JSON.stringify(text)}, must be a whole number from 1`;
    assert.throws(() => wholeOption('seeds', text, 100, 1), { code: 'CLI_USAGE', detail: message });
  }
});
