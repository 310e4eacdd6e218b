import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CELL_SETTINGS } from '../../gateway/cells/cell-settings.ts';
import { DEFAULT_HOLD_SETTINGS } from '../../gateway/holding/hold-settings.ts';
import { DEFAULT_INTERLINK_LIMITS } from '../../gateway/interlink/interlink-limits.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { DEFAULT_WORKERS_CONFIG } from '../workers-config.ts';
import { workerShare } from './worker-share.ts';

const configFor = (count: number): GatewayConfig =>
  ({
    node: 'one',
    hold: DEFAULT_HOLD_SETTINGS,
    cells: DEFAULT_CELL_SETTINGS,
    interlink: DEFAULT_INTERLINK_LIMITS,
    workers: { ...DEFAULT_WORKERS_CONFIG, count },
  }) as GatewayConfig;

/** Every setting that differs from the whole gateway's, as `group.name`. */
function changed(whole: GatewayConfig, share: GatewayConfig): Record<string, number> {
  const differing = (['hold', 'cells', 'interlink'] as const).flatMap((group) =>
    Object.entries(share[group]).flatMap(([name, value]): [string, number][] =>
      (whole[group] as unknown as Record<string, unknown>)[name] === value ? [] : [[`${group}.${name}`, Number(value)]],
    ),
  );
  return Object.fromEntries(differing);
}

test('each of four workers gets a quarter of what bounds the gateway as a whole, and all else as it is', () => {
  const whole = configFor(4);
  assert.deepEqual(changed(whole, workerShare(whole)), {
    'hold.maxRequests': 2_500,
    'hold.maxBytes': 16 * 1024 * 1024,
    'hold.rampRequests': 13,
    'cells.maxConnectionsPerInstance': 64,
    'cells.queueMaxRequests': 64,
    'cells.retryBurst': 3,
    'interlink.maxWaiting': 250,
  });
});

test('the shares make up the whole, and none is nothing that was something', () => {
  for (const count of [1, 2, 3, 7, 64]) {
    const whole = configFor(count);
    for (const [setting, value] of Object.entries(changed(whole, workerShare(whole)))) {
      const [group, name] = setting.split('.') as ['hold' | 'cells' | 'interlink', string];
      const sum = value * count;
      const wanted = Number((whole[group] as unknown as Record<string, unknown>)[name]);
      assert.ok(value >= 1 && sum >= wanted && sum < wanted + count, `${setting}, ${count} workers: ${value} each`);
    }
  }
});
