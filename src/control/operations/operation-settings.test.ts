import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readControlConfig } from '../../app/control-config.ts';
import { freezeWindowMs } from '../../core/operation/operation-deadlines.ts';
import { deadlinesOf, OPERATION_DEFAULTS } from './operation-settings.ts';
import { withWindow } from './operation-window.ts';

test('the longest freeze ends while edges still hold, with room to release what they hold', () => {
  assert.equal(deadlinesOf(OPERATION_DEFAULTS, 10_000).freezeCapMs, 8_000);
  assert.equal(deadlinesOf(OPERATION_DEFAULTS, 2_000).freezeCapMs, 1_600);
  assert.equal(deadlinesOf(OPERATION_DEFAULTS, null).freezeCapMs, OPERATION_DEFAULTS.freezeCapMs);
});

test('W follows from the largest L, and never becomes shorter than the one on record', () => {
  const deadlines = deadlinesOf(OPERATION_DEFAULTS, 10_000, 5_000);
  assert.equal(deadlines.windowMs, freezeWindowMs(5_000));
  const inDrain = { step: 'drain', deadlines } as Parameters<typeof withWindow>[0];
  assert.equal(withWindow(inDrain, 3_000, 0).deadlines.windowMs, freezeWindowMs(5_000));
  const late = withWindow(inDrain, 9_000, 120.5).deadlines;
  assert.deepEqual([late.windowMs, late.freezeCapMs], [freezeWindowMs(9_000), 8_000 - 121]);
  const later = { ...inDrain, step: 'catchUp' } as typeof inDrain;
  assert.equal(withWindow(later, 9_000, 50), later);
});

test('a longest freeze that W does not fit into is a mistake of the configuration that names both settings', () => {
  const least = { node: 'n', realm: 'r', store: { url: 'embedded:/s.db' }, listen: { port: 0 }, tokens: 't' };
  const wrong = { ...least, operations: { freezeCapMs: 3_000 } };
  assert.throws(
    () => readControlConfig(wrong, 'control.yaml'),
    /operations\.freezeCapMs: is 3000, must be above W, 3261 ms, which follows from operations\.horizonMs/,
  );
});
