import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HZ_A, HZ_B } from '../../test/support/gate-calls.ts';
import { GATE_FAULTS, type GateFault, MEMORY_TOKEN, startMemoryGates } from '../../test/support/memory-gate.ts';
import { runConformance } from './conformance-run.ts';
import { GateClient } from './gate-client.ts';
import { CONFORMANCE_RULES } from './gate-conformance.ts';
import { openGateHttp } from './gate-http.ts';

async function verdictsOf(t: TestContext, faults: readonly GateFault[], hasTarget = true) {
  const gates = await startMemoryGates(t, faults);
  const http = openGateHttp(null);
  t.after(() => http.close());
  const client = (url: string, token = MEMORY_TOKEN) =>
    new GateClient(url, { send: http.send, token, timeoutMs: 10_000 });
  return runConformance({
    source: { client: client(gates.source.url), owner: HZ_A },
    target: hasTarget ? { client: client(gates.target.url), owner: HZ_B } : null,
    stranger: client(gates.source.url, 'wrong'),
    shard: '00',
    runId: 'run',
  });
}

/** The rule that finds each fault. */
const FOUND_BY: Readonly<Record<GateFault, string>> = {
  takesAnyToken: 'token',
  setsInsteadOfMaximum: 'highest',
  ignoresWriteEpoch: 'write fence',
  ignoresIncarnation: 'incarnation',
  adoptsDownwards: 'incarnation',
  fenceReturnsEarly: 'fence waits',
  copyTakesWrites: 'copy refuses',
  ignoresLineage: 'catch up',
  caughtUpAlways: 'catch up',
  keepsLineage: 'promote',
  promotesWithReplication: 'replication stops',
  lateFollowCuts: 'late follow',
  followDoesNothing: 'late follow',
  strangeAnswers: '',
};

test('a gate that keeps the contract passes every rule', async (t) => {
  const verdicts = await verdictsOf(t, []);
  assert.deepEqual(
    verdicts.map(({ rule, verdict, detail }) => [rule, verdict, detail]),
    CONFORMANCE_RULES.map(({ name }) => [name, 'kept', '']),
  );
});

for (const fault of GATE_FAULTS) {
  test(`a gate that is wrong is found: ${fault}`, async (t) => {
    const verdicts = await verdictsOf(t, [fault]);
    const broken = verdicts.filter(({ verdict }) => verdict === 'broken');
    const expected = FOUND_BY[fault];
    assert.deepEqual(
      broken.map(({ rule }) => rule),
      expected === '' ? [] : [expected],
    );
    assert.ok(verdicts.some(({ verdict, detail }) => verdict === 'unchecked' && detail !== ''));
  });
}

test('without a target the rules that need two copies are not said to be kept', async (t) => {
  const verdicts = await verdictsOf(t, [], false);
  const unchecked = verdicts.filter(({ verdict }) => verdict === 'unchecked').map(({ rule }) => rule);
  assert.deepEqual(
    unchecked,
    CONFORMANCE_RULES.filter(({ needsTarget }) => needsTarget).map(({ name }) => name),
  );
});

test('a gate that does not answer leaves every rule unchecked, and says why', async () => {
  const http = openGateHttp(null);
  const client = new GateClient('http://127.0.0.1:1', { send: http.send, token: 'x', timeoutMs: 2_000 });
  const verdicts = await runConformance({
    source: { client, owner: HZ_A },
    target: null,
    stranger: client,
    shard: '00',
    runId: 'run',
  });
  await http.close();
  assert.ok(verdicts.every(({ verdict, detail }) => verdict === 'unchecked' && /ECONNREFUSED/.test(detail)));
});
