import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../errors.ts';
import { readControlConfig } from './control-config.ts';
import { type GatewayConfig, readGatewayConfig } from './gateway-config.ts';

const LEAST = {
  node: 'gateway-hz-a-1',
  realm: 'shop',
  dataCenter: 'hz-a',
  directory: '/var/lib/ldc-gateway',
  store: { url: 'embedded:/var/lib/ldc/store.db' },
  door: { port: 8443 },
  admin: { port: 9100, token: '0123456789abcdef' },
  interlink: { port: 9400, ca: 'ca.pem', cert: 'node.pem', key: 'node.key' },
};

type Group = Record<string, unknown>;
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The least configuration with these settings on top. */
function withSettings(settings: Group, base: Group = LEAST): Group {
  const result: Group = { ...base };
  for (const [name, value] of Object.entries(settings)) {
    const old = result[name];
    result[name] = isGroup(value) && isGroup(old) ? withSettings(value, old) : value;
  }
  return result;
}

const read = (settings: Group): GatewayConfig => readGatewayConfig(withSettings(settings), 'gateway.yaml');

const detailOf = (run: () => unknown): string => {
  try {
    run();
    return '';
  } catch (error) {
    assert.ok(error instanceof CodedError && error.code === 'CONFIG_INVALID', String(error));
    return error.detail;
  }
};

test('what must be given is enough, and everything else has its default', () => {
  const config = read({});
  assert.equal(config.store.settings.readMs, 2000);
  assert.equal(config.message.headBytes, 16_384);
  assert.equal(config.tableFeed.pollMs, 750);
  assert.deepEqual([config.guard.horizonMs, config.guard.readMs, config.hold.maxRequests], [3000, 750, 10_000]);
  assert.equal(config.accessLog, true);
});

test('limits of messages and of the store are settings', () => {
  const config = read({ message: { headBytes: 20_000, forwardedHops: 3 }, store: { readMs: 1234, maxPending: 7 } });
  assert.deepEqual(config.message, { ...read({}).message, headBytes: 20_000, forwardedHops: 3 });
  assert.deepEqual(config.store.settings, { ...read({}).store.settings, readMs: 1234, maxPending: 7 });
});

/** Each pair as it is written, and the sentence that refuses it. */
const CONTRADICTIONS: readonly [Group, string][] = [
  [{ interlink: { pingIntervalMs: 2000 } }, 'interlink.deadAfterMs: is 3000, must be at least 4000'],
  [{ interlink: { backoffMinMs: 9000 } }, 'interlink.backoffMinMs: is 9000, must be at most 5000'],
  [{ interlink: { windowBytes: 16_383 } }, 'interlink.windowBytes: is 16383, must be at least 16384'],
  [{ interlink: { windowBytes: 16_777_217 } }, 'interlink.windowBytes: is 16777217, must be at most 16777216'],
  [{ interlink: { maxHeldBytes: 20_000 } }, 'interlink.windowBytes: is 262144, must be at most 20000'],
  [{ interlink: { dataFrameBytes: 65_537 } }, 'interlink.dataFrameBytes: is 65537, must be at most 65536'],
  [{ interlink: { maxQueuedBytes: 1000 } }, 'interlink.batchBytes: is 262144, must be at most 1000'],
  [{ interlink: { lastStream: 2 ** 32 } }, 'interlink.lastStream: is 4294967296, must be at most 4294967295'],
  [{ door: { drainMs: 1000 } }, 'door.drainIdleMs: is 2000, must be at most 1000 (door.drainMs)'],
  [{ door: { maxHeadBytes: 8192 } }, 'door.maxHeadBytes: is 8192, must be at least 16384 (message.headBytes)'],
  [{ message: { headBytes: 30_000 } }, 'message.headBytes: is 30000, must be at most 24576'],
  [{ message: { headerCount: 501 } }, 'message.headerCount: is 501, must be at most 500'],
  [{ message: { forwardedHops: 51 } }, 'message.forwardedHops: is 51, must be at most 50'],
  [{ message: { headBytes: 4096 } }, 'message.targetBytes: is 8192, must be at most 4096'],
  [{ message: { methodBytes: 20_000 } }, 'message.methodBytes: is 20000, must be at most 16384'],
  [{ cells: { keepAliveIdleMs: 40_000 } }, 'cells.keepAliveIdleMs: is 40000, must be at most 30000'],
  [{ cells: { ejectMs: 70_000 } }, 'cells.ejectMs: is 70000, must be at most 60000'],
  [{ cells: { retryShare: 1.5 } }, 'cells.retryShare: is 1.5, must be at most 1'],
  [{ identity: { token: { cacheLength: 100 } } }, 'identity.token.maxLength: is 8192, must be at most 100'],
  [{ identity: { keys: { staleMs: 1000 } } }, 'identity.keys.refreshMs: is 600000, must be at most 1000'],
  [{ identity: { session: { staleMs: 1000 } } }, 'identity.session.positiveMs: is 5000, must be at most 1000'],
  [{ guard: { readMs: 1501 } }, 'guard.horizonMs: is 3000, must be at least 3002 (twice guard.readMs'],
  [{ guard: { jumpMs: 101 } }, 'guard.jumpMs: is 101, must be at most 100'],
  [{ store: { backoffMinMs: 3000 } }, 'store.backoffMinMs: is 3000, must be at most 2000 (store.backoffMaxMs)'],
];

for (const [settings, sentence] of CONTRADICTIONS) {
  test(`refuses ${JSON.stringify(settings)}`, () => {
    const detail = detailOf(() => read(settings));
    assert.ok(detail.includes(sentence), detail);
    assert.equal(detail.split('\n').length, 2, `one mistake, one line: ${detail}`);
  });
}

test('mistakes in issuers of tokens are named before a token comes', () => {
  const issuersDetail = (jwtIssuers: unknown): string => detailOf(() => read({ identity: { jwtIssuers } }));
  assert.match(issuersDetail([]), /identity\.jwtIssuers: must be a group/);
  assert.match(issuersDetail({ shop: 'https://a' }), /identity\.jwtIssuers\["shop"\]: must be a group with jwks/);
  assert.match(issuersDetail({ shop: {} }), /identity\.jwtIssuers\["shop"\]\.jwks: must be an address or a key set/);
  assert.match(issuersDetail({ shop: { jwks: 'file:///k', alg: [] } }), /\.alg: is not a setting/);
  assert.match(issuersDetail({ shop: { jwks: 'http://a/k' } }), /"http:\/\/a\/k" must be an https:/);
  assert.match(issuersDetail({ shop: { jwks: 'file:///k', algorithms: ['HS256'] } }), /"HS256" is not one of/);
  assert.equal(issuersDetail({ shop: { jwks: 'https://login.example.com/keys', clockToleranceS: 10 } }), '');
});

test('a control node reads its bounds, those on guessing tokens included', () => {
  const least = { node: 'control-1', realm: 'shop', store: LEAST.store, listen: { port: 8100 }, tokens: 'tokens.json' };
  const { api } = readControlConfig({ ...least, api: { callMs: 5000, failures: { mostFailures: 3 } } }, 'control.yaml');
  assert.deepEqual(api, {
    ...readControlConfig(least, 'control.yaml').api,
    callMs: 5000,
    failures: { mostFailures: 3, windowMs: 10_000, mostAddresses: 10_000 },
  });
  assert.match(
    detailOf(() => readControlConfig({ ...least, api: { failures: { most: 1 } } }, 'control.yaml')),
    /api\.failures\.most: is not a setting; known here: mostFailures, windowMs, mostAddresses/,
  );
});
