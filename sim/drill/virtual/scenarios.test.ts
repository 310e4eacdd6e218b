import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, verdictLine } from '../../report/judge.ts';
import { openScenario, scenarioNames } from '../../scenario/open-scenario.ts';
import { runVirtual } from './run-virtual.ts';

const run = { seed: 1, commit: 'test', startedAt: 0 } as const;

for (const name of scenarioNames()) {
  test(`${name}: every claim holds in virtual time, and no statement is violated`, async () => {
    const open = openScenario(name);
    const { record } = await runVirtual(open, run);
    const verdicts = judge(open.scenario, open.topology.shardRule, record);
    const broken = verdicts.filter(({ holds }) => !holds).map((verdict) => verdictLine('BROKEN', verdict));
    assert.deepEqual(broken, []);
    assert.equal(record.statements?.checked, 13);
    // What the scenario does was really done: its faults came, its commands ended, its load was sent.
    const kinds = new Set(record.samples.map(({ kind }) => kind));
    const actions = new Set(open.scenario.timeline.map(({ action }) => action.kind));
    assert.equal(kinds.has('command'), actions.has('operate'));
    assert.equal(
      kinds.has('fault'),
      [...actions].some((kind) => kind !== 'operate'),
    );
    assert.ok(kinds.has('request') && kinds.has('epoch'));
  });
}
