import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../explore.ts';
import { SupersedeModel } from './supersede-model.ts';
import { SMALL_WORLDS } from './supersede-worlds.ts';

for (const { name, left } of SMALL_WORLDS) {
  test(`whatever becomes of an emergency that supersedes another, every shard is served again: ${name}`, (context) => {
    const { states, depth, isComplete, found } = explore(new SupersedeModel(left));
    context.diagnostic(`${states} states, depth ${depth}`);
    assert.deepEqual(found, null);
    assert.ok(isComplete);
  });
}
