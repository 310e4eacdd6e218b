import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readGatewayConfig } from './gateway-config.ts';
import { renewedConfig } from './renewed-config.ts';

const LEAST = {
  ...{ node: 'n', realm: 'r', dataCenter: 'd', directory: '/d', store: { url: 'embedded:/store.db' } },
  door: { port: 1 },
  admin: { port: 2, token: '0123456789abcdef' },
  interlink: { port: 3, ca: 'ca', cert: 'cert', key: 'key' },
  workers: { count: 2 },
};
const read = (over: object = {}, workers?: number) => readGatewayConfig({ ...LEAST, ...over }, 'test', workers);

test('new workers take up what is theirs, and what the parent lives by stays as it was and is named', () => {
  const now = read();
  const { config, left } = renewedConfig(
    now,
    read({
      node: 'other',
      door: { port: 9, headMs: 5 },
      guard: { horizonMs: 9_000 },
      hold: { maxRequests: 7 },
      workers: { count: 4 },
    }),
  );
  assert.deepEqual([config.door.port, config.door.headMs], [1, 5]);
  assert.deepEqual([config.hold.maxRequests, config.workers.count], [7, 4]);
  assert.deepEqual([config.node, config.guard], ['n', now.guard]);
  assert.deepEqual(left, ['node', 'guard', 'door']);
});

test('a parent keeps at least one worker, and a command line outlives a new configuration', () => {
  assert.equal(renewedConfig(read(), read({ workers: {} })).config.workers.count, 1);
  assert.equal(read({}, 5).workers.count, 5);
  assert.deepEqual(renewedConfig(read(), read()).left, []);
});

test('a gateway of several processes takes connections on the fast lane only', () => {
  assert.throws(() => read({ door: { port: 1, lane: 'general' } }), /door\.lane: is general, must be fast/);
  assert.throws(() => read({}, 65), /workers\.count: is 65, must be at most 64/);
});
