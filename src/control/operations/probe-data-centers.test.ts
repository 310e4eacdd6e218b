import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AgreeableGates } from '../../../test/support/agreeable-gates.ts';
import { edgeRecord } from '../../../test/support/control-bench.ts';
import { HandClock } from '../../../test/support/hand-clock.ts';
import { threeCitiesTable } from '../../../test/support/three-cities.ts';
import type { DataCenterId } from '../../core/ids.ts';
import { type EdgeObservation, NOTHING_OBSERVED } from '../edge-liveness.ts';
import type { Gate, GateCalls } from './gate-calls.ts';
import { probeDataCenters, unavailable } from './probe-data-centers.ts';

const table = threeCitiesTable();

function observed(silentMs: Readonly<Record<string, number>>): EdgeObservation {
  const edges = Object.entries(silentMs).map(([dataCenter, ms]) => ({
    key: dataCenter,
    version: '1',
    text: '',
    record: edgeRecord({ dataCenter: dataCenter as DataCenterId }),
    silentMs: ms,
    hasBeaten: true,
  }));
  return { ...NOTHING_OBSERVED, edges };
}

const ALL = { 'hz-a': 0, 'hz-b': 0, 'sh-a': 0, 'sh-b': 0, 'sz-a': 0 };

test('a data center whose gate swallows every call is told within the limit, and nothing goes there', async () => {
  const clock = new HandClock();
  const good = new AgreeableGates();
  const swallowing = { lag: () => new Promise(() => {}) } as unknown as Gate;
  const gates: GateCalls = {
    acknowledges: () => 'local',
    gateOf: (dataCenter) => (dataCenter === 'sz-a' ? swallowing : good.gateOf(dataCenter)),
  };
  const asked = probeDataCenters(table, {
    gates,
    edges: observed(ALL),
    aliveMs: 6_000,
    clock,
    probeMs: 1_000,
    swallowed: new Map(),
  });
  // The others have answered long before.
  await setImmediate();
  await clock.advance(1_000);
  const reaches = await asked;
  assert.equal(reaches.get('sz-a')?.answers, 'partly');
  assert.match(reaches.get('sz-a')?.gate?.detail ?? '', /no answer within 1000 ms \(operations\.probeMs\)/);
  assert.equal(reaches.get('hz-a')?.answers, 'yes');
  assert.deepEqual([...unavailable(reaches)], ['sz-a']);
});

test('a gate that swallowed a question is not waited for again by the start that follows the plan, and asked anew later', async () => {
  const clock = new HandClock();
  const good = new AgreeableGates();
  let questions = 0;
  const lag = () => {
    questions += 1;
    return new Promise(() => {});
  };
  const swallowing = { lag } as unknown as Gate;
  const gates: GateCalls = {
    acknowledges: () => 'local',
    gateOf: (dataCenter) => (dataCenter === 'sz-a' ? swallowing : good.gateOf(dataCenter)),
  };
  const parts = { gates, edges: observed(ALL), aliveMs: 6_000, clock, probeMs: 1_000, swallowed: new Map() };
  const first = probeDataCenters(table, parts);
  await setImmediate();
  await clock.advance(1_000);
  await first;
  const second = await probeDataCenters(table, parts);
  assert.equal(second.get('sz-a')?.gate?.answers, false);
  assert.equal(questions, 1);
  await clock.advance(3_000);
  const third = probeDataCenters(table, parts);
  await setImmediate();
  assert.equal(questions, 2);
  await clock.advance(1_000);
  await third;
});

test('gateways and gate together decide: both gone is no, one of them is partly, neither known is unknown', async () => {
  const clock = new HandClock();
  const gates = new AgreeableGates();
  gates.silent.add('sz-a').add('hz-b');
  const edges = observed({ ...ALL, 'sz-a': 60_000, 'sh-a': 60_000 });
  const reaches = await probeDataCenters(table, {
    gates,
    edges,
    aliveMs: 6_000,
    clock,
    probeMs: 1_000,
    swallowed: new Map(),
  });
  const answers = (name: string) => reaches.get(name)?.answers;
  assert.deepEqual(['sz-a', 'hz-b', 'sh-a', 'hz-a'].map(answers), ['no', 'partly', 'partly', 'yes']);
  assert.deepEqual([...unavailable(reaches)].sort(), ['hz-b', 'sh-a', 'sz-a']);
  const none: GateCalls = { gateOf: () => null, acknowledges: () => 'local' };
  const unknown = await probeDataCenters(table, {
    gates: none,
    edges: NOTHING_OBSERVED,
    aliveMs: 6_000,
    clock,
    probeMs: 1,
    swallowed: new Map(),
  });
  assert.equal(unknown.get('sz-a')?.answers, 'unknown');
  assert.deepEqual([...unavailable(unknown)], []);
});
