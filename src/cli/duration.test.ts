import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../errors.ts';
import { durationOption } from './duration.ts';

test('a time is a number and its unit', () => {
  const given = { '90s': 90_000, '30m': 1_800_000, '1.5h': 5_400_000, '2d': 172_800_000, '366d': 31_622_400_000 };
  for (const [text, ms] of Object.entries(given)) assert.equal(durationOption('for', text), ms);
});

test('anything else is refused with what is allowed', () => {
  for (const text of ['', '30', 'm', '0s', '0.5s', '-1m', '1e3s', '30 m', '30min', '367d', '9999999999s', 'NaNs']) {
    assert.throws(
      () => durationOption('for', text),
      (error) =>
        error instanceof CodedError && error.code === 'CLI_USAGE' && /--for is .*90s, 30m, 2h/.test(error.detail),
      text,
    );
  }
});
