import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OperationsAnswer, OperationView, TableAnswer } from '../../src/control/api-types.ts';
import { openScenario } from '../scenario/open-scenario.ts';
import { missingForQuiet } from './convergence.ts';
import { drillUsers } from './drill-user.ts';
import { checkEtcd, etcdArguments } from './etcd-command.ts';
import { heldRequests } from './held-requests.ts';
import { liveLayout, PORTS, processesOf } from './live-layout.ts';
import { OpenLoop } from './open-loop.ts';
import { OperationFollower } from './operation-follower.ts';
import { relayNeeds } from './relay-needs.ts';
import { scaleScenario } from './scale-scenario.ts';
import { Timeline } from './timeline.ts';

test('the load keeps its rate whether or not anything was answered, and catches up in bounded steps', () => {
  let [now, sent] = [0, 0];
  const send = (): void => {
    sent += 1;
  };
  const source = { perSecond: 100, fromMs: 1_000, untilMs: 3_000, send };
  const loop = new OpenLoop([source], () => now);
  const at = (ms: number): number => {
    now = ms;
    loop.tick();
    return sent;
  };
  assert.deepEqual([at(999), at(1_010), at(1_500)], [0, 1, 50]);
  assert.equal(at(2_500), 100, 'at most 50 at once');
  assert.deepEqual([at(2_500), at(9_000), at(9_010), at(9_020)], [150, 200, 200, 200]);
});

function operation(part: Partial<OperationView>): OperationView {
  const steps = [{ step: 'check', startedAt: 1_100, endedAt: null, detail: '' }] as const;
  const plain = { id: 'a', kind: 'move', step: 'check', createdAt: 1_000, endedAt: null, outcome: null, steps };
  return { ...plain, isReleased: false, frozenMs: null, ...part } as unknown as OperationView;
}

const seen = (...operations: OperationView[]): OperationsAnswer => ({
  operations,
  leader: { node: 'control-2', term: 1 },
});

test('steps are told once each, numbered by operation, with what ended them', () => {
  const follower = new OperationFollower((wallMs) => wallMs - 1_000);
  assert.deepEqual(follower.saw(seen(operation({}))), [{ operation: 1, step: 'check' }]);
  const later = operation({
    steps: [
      { step: 'check', startedAt: 1_100, endedAt: 1_200, detail: 'fine' },
      { step: 'drain', startedAt: 1_200, endedAt: null, detail: '' },
    ],
  });
  const second = operation({ id: 'b', createdAt: 1_150 });
  // Control shows the newest first.
  assert.deepEqual(follower.saw(seen(second, later)), [
    { operation: 1, step: 'drain' },
    { operation: 2, step: 'check' },
  ]);
  assert.deepEqual(follower.saw(seen(second, later)), []);
  assert.deepEqual([follower.leader, follower.idOf(2), follower.idOf(3)], ['control-2', 'b', null]);
  const [check] = follower.samples;
  assert.deepEqual([check?.atMs, check?.kind === 'step' ? check.detail : ''], [100, 'fine']);
});

test('the world is quiet when shards are active, operations over and all gateways equal', () => {
  const table = { epoch: 7, shards: [{ shards: '00-99', state: 'ACTIVE' }] } as unknown as TableAnswer;
  const quiet = { table, operations: seen(), gateways: new Map([['gateway-a', 7]]) };
  assert.deepEqual(missingForQuiet(quiet), []);
  assert.deepEqual(missingForQuiet({ ...quiet, table: null }), ['control does not answer']);
  const gateways = new Map([
    ['gateway-a', 6],
    ['gateway-b', null],
  ] as const);
  assert.deepEqual(missingForQuiet({ ...quiet, gateways }), [
    'gateway-a runs epoch 6, the table’s is 7',
    'gateway-b runs epoch none, the table’s is 7',
  ]);
  const released = operation({ step: 'follow', isReleased: true });
  assert.deepEqual(missingForQuiet({ ...quiet, operations: seen(released) }), []);
  assert.deepEqual(missingForQuiet({ ...quiet, operations: seen(operation({})) }), ['operation a is at check']);
});

test('an action waits for its step; one that never comes makes the drill broken', async () => {
  const done: string[] = [];
  const { timeline } = openScenario('control-crashed').scenario;
  const run = new Timeline(timeline, async ({ kind }) => void done.push(kind));
  run.start(3_000);
  run.saw({ operation: 1, step: 'check' });
  assert.deepEqual(done, ['operate']);
  run.saw({ operation: 1, step: 'drain' });
  run.saw({ operation: 1, step: 'drain' });
  assert.deepEqual(done, ['operate', 'kill']);
  const waiting = new Timeline(timeline, async () => {});
  waiting.start(3_000);
  await waiting.end();
  assert.deepEqual(waiting.broken, ['step drain of operation 1 never came']);
});

test('an action that fails makes the drill broken', async () => {
  const { timeline } = openScenario('data-center-lost').scenario;
  const run = new Timeline(timeline, () => Promise.reject(new Error('no such process')));
  run.start(9_000);
  await run.end();
  assert.deepEqual(run.broken, ['kill: no such process', 'operate: no such process']);
});

test('held requests are found in access logs, also behind half a line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ldc-held-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'gateway.log');
  const lines = [
    '{"requestId":"a","heldMs":0,"x":1}',
    '{"requestId":"b","heldMs":12.5}',
    '{"requestId":"c","heldMs":0.4',
    'no log',
  ];
  writeFileSync(file, lines.join('\n'));
  assert.deepEqual([...(await heldRequests([file, join(folder, 'none.log')]))], ['b']);
});

test('users of two groups on the same shards have accounts of their own', () => {
  const { shardRule } = openScenario('data-center-lost').topology;
  assert.deepEqual(drillUsers(shardRule, '07,G', 1), [
    { shard: '07', userId: '700107' },
    { shard: 'G', userId: null },
  ]);
  assert.notEqual(drillUsers(shardRule, '07', 0)[0]?.userId, drillUsers(shardRule, '07', 1)[0]?.userId);
});

test('a scaled scenario has all its times scaled, and its limits kept', () => {
  const { scenario } = openScenario('store-lost-an-hour');
  const scaled = scaleScenario(scenario, 0.005);
  assert.equal(scaled.durationMs, 24_000);
  assert.deepEqual(scaled.timeline[0]?.when, { kind: 'at', atMs: 3_000 });
  const action = scaled.timeline[0]?.action;
  assert.equal(action?.kind === 'pause' ? action.forMs : 0, 18_000);
  assert.deepEqual(scaled.must, scenario.must);
});

test('no two listeners of any scenario share a port, and all lie in the drill’s block', () => {
  for (const name of ['rolling-upgrade', 'data-center-cut-off', 'city-lost']) {
    const { scenario, topology } = openScenario(name);
    const layout = liveLayout(topology, scenario.topology, 20_000);
    const ports = [
      ...layout.controls.values(),
      ...layout.gateways.flatMap(({ door, admin, interlink }) => [door, admin, interlink]),
      ...layout.cells.flatMap(({ port, instancePorts }) => [port, ...Object.values(instancePorts).flat()]),
      ...layout.members.flatMap(({ client, peer, health }) => [client, peer, health]),
    ];
    assert.equal(new Set(ports).size, ports.length, name);
    assert.ok(
      ports.every((port) => port >= 20_000 && port < 20_000 + PORTS),
      name,
    );
  }
});

test('a data center has its gateways, its cells and the store’s members there', () => {
  const { scenario, topology } = openScenario('data-center-cut-off');
  const layout = liveLayout(topology, scenario.topology, 20_000);
  assert.deepEqual(processesOf(layout, 'hz-a'), ['gateway-hz-a-1', 'cells-hz-a', 'store-2']);
  const [member] = layout.members;
  assert.ok(member);
  const peers = new Map([['store-1', '127.0.0.1:9']]);
  assert.ok(etcdArguments(member, '/x', peers, '127.0.0.1:8').includes('--initial-cluster=store-1=http://127.0.0.1:9'));
});

test('without etcd the package that has it is named', () => {
  assert.throws(() => checkEtcd('/nowhere'), /apt-get install etcd-server/);
});

test('relays stand only where the scenario cuts or slows links', () => {
  const needs = (name: string) => {
    const { scenario, topology } = openScenario(name);
    return relayNeeds(scenario, topology);
  };
  assert.deepEqual(needs('data-center-lost'), { links: false, memberLinks: false });
  assert.deepEqual(needs('data-center-cut-off'), { links: true, memberLinks: false });
  const { scenario, topology } = openScenario('data-center-cut-off');
  const store = { kind: 'etcd', members: ['sz-a', 'hz-a', 'sh-a'] } as const;
  const inside = { ...scenario, topology: { ...scenario.topology, store } };
  assert.deepEqual(relayNeeds(inside, topology), { links: true, memberLinks: true });
});
