import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../explore.ts';
import { WitnessModel } from './witness-model.ts';
import { CHANGING_SET, FIXED_SET, WITNESS_RULES, type WitnessRule } from './witness-rules.ts';
import type { WitnessWorld } from './witness-state.ts';

const WORLDS: readonly (readonly [string, WitnessWorld])[] = [
  ['three witnesses', FIXED_SET],
  ['a set of witnesses that changes', CHANGING_SET],
];

for (const [name, world] of WORLDS) {
  test(`${name}: no order of events makes two owners`, (context) => {
    const { states, depth, isComplete, found } = explore(new WitnessModel(world));
    context.diagnostic(`${states} states, depth ${depth}`);
    assert.deepEqual(found?.trace ?? [], []);
    assert.ok(isComplete);
  });
}

for (const rule of Object.keys(WITNESS_RULES) as WitnessRule[]) {
  const { sentence, world } = WITNESS_RULES[rule];
  test(`two owners without this: ${sentence}`, (context) => {
    assert.equal(explore(new WitnessModel(world)).found, null, 'the world is safe with it');
    const { found } = explore(new WitnessModel(world, rule));
    assert.ok(found !== null, 'nothing happens without it');
    context.diagnostic(`${found.trace.length} steps: ${found.trace.join('; ')}`);
  });
}
