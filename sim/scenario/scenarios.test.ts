import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openScenario, SCENARIOS, scenarioNames } from './open-scenario.ts';
import { SCENARIO_SCHEMA } from './scenario-schema.ts';

const WRITE =
  `node --input-type=module -e "import { SCENARIO_SCHEMA } from './sim/scenario/scenario-schema.ts'; ` +
  `console.log(JSON.stringify(SCENARIO_SCHEMA, null, 2))" > sim/scenario/scenario.schema.json`;

/** What the drills are for (issue: "a simulator that would find the bug first"), by the file that shows it. */
const NEEDED = [
  'data-center-lost',
  'city-lost',
  'data-center-cut-off',
  'store-leader-lost',
  'store-lost-an-hour',
  'slow-data-center',
  'flapping-link',
  'evacuation-at-peak',
  'failback-under-load',
  'control-crashed',
  'unit-at-capacity',
  'rolling-upgrade',
  'target-lost',
  'stale-edge',
  'clock-jump',
];

test('every scenario that the drills are for is there', () => {
  const known = scenarioNames();
  assert.deepEqual(
    NEEDED.filter((name) => !known.includes(name)),
    [],
  );
});

for (const name of scenarioNames()) {
  test(`scenario ${name} can be read, claims the books' RPO and convergence, and names the schema`, () => {
    const { scenario } = openScenario(name);
    const kinds = scenario.must.map(({ kind }) => kind);
    assert.ok(kinds.includes('lost') && kinds.includes('converged'));
    assert.ok(kinds.includes('failed') || kinds.includes('failedShare'));
    const [first = ''] = readFileSync(`${SCENARIOS}${name}.yaml`, 'utf8').split('\n');
    assert.equal(first, '# yaml-language-server: $schema=../scenario/scenario.schema.json');
  });
}

test('what cannot run live as it stands says why', () => {
  assert.match(JSON.stringify(openScenario('clock-jump').scenario.live), /"kind":"no","because":"the clocks/);
  assert.match(JSON.stringify(openScenario('store-lost-an-hour').scenario.live), /"kind":"scaled","factor":0.005/);
});

test('the published schema is the one that is checked', () => {
  assert.equal(
    readFileSync(new URL('scenario.schema.json', import.meta.url), 'utf8'),
    `${JSON.stringify(SCENARIO_SCHEMA, null, 2)}\n`,
    `write it again:\n${WRITE}`,
  );
});
