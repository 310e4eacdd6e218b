import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../explore.ts';
import { OwnershipModel } from './ownership-model.ts';
import { SMALL_WORLDS } from './ownership-worlds.ts';

for (const world of SMALL_WORLDS) {
  test(`no order of events breaks a rule: ${world.name}`, (context) => {
    const { states, depth, isComplete, found } = explore(new OwnershipModel(world));
    context.diagnostic(`${states} states, depth ${depth}`);
    assert.deepEqual(found, null);
    assert.ok(isComplete);
  });
}
