import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { StatusAnswer } from '../src/control/api-types.ts';
import { eventually } from './support/eventually.ts';
import { whoami } from './support/fleet-whoami.ts';
import { RunningFleet } from './support/running-fleet.ts';
import { SteadyLoad } from './support/steady-load.ts';
import { TWO_CITY_RULES } from './support/two-city-rules.ts';

/** `interlink.deadAfterMs`; the connections of a process that died are reset at once, a busy machine may be late. */
const DETECTION_MS = 3_000;

let fleet: RunningFleet;
let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ldc-fleet-'));
  const rules = join(directory, 'two-cities.yaml');
  writeFileSync(
    rules,
    TWO_CITY_RULES.replace('onMissing: reject', 'onMissing: reject\n    timeouts: {connectMs: 10000}'),
  );
  fleet = await RunningFleet.start({ args: ['--rules', rules, '--gateways', '2', '--instances', '2'], directory });
});
after(async () => {
  await fleet?.stop();
  rmSync(directory, { recursive: true, force: true });
});

interface GatewayStatus {
  readonly table: object | null;
  readonly peers: readonly { readonly node: string; readonly state: string }[];
  readonly cells: readonly { readonly cell: string; readonly instances: readonly { readonly state: string }[] }[];
}

async function gatewayStatus(dataCenter: string, gateway: number): Promise<GatewayStatus> {
  const url = `${fleet.admin(dataCenter, gateway)}/v1/status`;
  return (await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json()) as GatewayStatus;
}

/** Both gateways of n-a have a link to both of s-a. */
async function areAllLinked(): Promise<boolean> {
  const all = await Promise.all([gatewayStatus('n-a', 0), gatewayStatus('n-a', 1)]);
  return all.every(({ peers }) => peers.length === 2 && peers.every(({ state }) => state === 'ready'));
}

test('two gateways per data center and two instances per cell: each door serves every unit', async () => {
  await eventually('all links are up', areAllLinked);
  for (const dataCenter of ['n-a', 's-a']) {
    for (const gateway of [0, 1]) {
      assert.equal((await whoami(fleet.door(dataCenter, gateway), '10000007')).cell, 'RZ01A');
      assert.equal((await whoami(fleet.door(dataCenter, gateway), '10000077')).cell, 'RZ02A');
      await eventually('both instances are healthy', async () => {
        const { cells } = await gatewayStatus(dataCenter, gateway);
        return cells.every(
          ({ instances }) => instances.length === 2 && instances.every((one) => one.state === 'healthy'),
        );
      });
    }
  }
  await eventually('the operator sees four gateways', async () => {
    const { stdout } = await fleet.ldc('status', '--json');
    const { gateways } = JSON.parse(stdout) as StatusAnswer;
    return gateways.length === 4 && gateways.every(({ state }) => state === 'alive');
  });
});

test('a gateway that dies is replaced by its data center’s other one, and comes back', async (t) => {
  const startedAt = performance.now();
  const load = new SteadyLoad((n) => {
    const door = fleet.door('n-a', n % 2);
    return { url: `${door}/whoami`, headers: { 'x-user-id': `${n}77` } };
  }, 200);
  const answered = (): number => load.good + load.failures.length;
  const more = async (what: string, count: number): Promise<void> => {
    const goal = answered() + count;
    await eventually(what, () => answered() >= goal, 60_000);
  };
  let killedAtMs: number;
  try {
    await more('requests before', 200);
    assert.deepEqual(load.failures, []);
    const pid = fleet.children().get('gateway-s-a-1');
    assert.ok(pid !== undefined);
    killedAtMs = performance.now() - startedAt;
    process.kill(pid, 'SIGKILL');
    await eventually('it is named', () => fleet.output.includes('gateway-s-a-1 ended (signal SIGKILL)'));
    await more('requests with one gateway', 600);
    await eventually('it is linked again', areAllLinked, 60_000);
    await more('requests with both again', 400);
  } finally {
    const { sent, failures, perSecond } = await load.stop();
    t.diagnostic(`${sent} requests, ${perSecond.toFixed(0)} a second, ${failures.length} failed`);
  }
  const late = load.failures.filter(({ atMs }) => atMs > killedAtMs + DETECTION_MS);
  assert.deepEqual(late, []);
  assert.ok(load.failures.length < 0.1 * load.sent, JSON.stringify(load.failures.slice(0, 3)));
  assert.equal((await whoami(fleet.door('s-a', 0), '10000077')).cell, 'RZ02A');
});
