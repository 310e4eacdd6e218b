import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from '../explore.ts';
import { AdoptionModel, type AdoptionState } from './adoption-model.ts';

test('whoever was promoted last owns the shard after any backup was restored, with every acknowledged write', (context) => {
  const { states, depth, isComplete, found } = explore(new AdoptionModel());
  context.diagnostic(`${states} states, depth ${depth}`);
  assert.deepEqual(found, null);
  assert.ok(isComplete);
});

test('shards are adopted after a move that the backup does not know, and none is where a gate is silent', () => {
  const model = new AdoptionModel();
  const seen: AdoptionState[] = [];
  const look = model.violation.bind(model);
  model.violation = (state) => {
    if (state.adopted !== null) seen.push(state);
    return look(state);
  };
  explore(model);
  const moved = seen.filter(({ adopted, backup }) => adopted?.owner !== null && adopted?.owner !== backup?.owner);
  assert.ok(moved.length > 0);
  assert.ok(seen.filter(({ adopted }) => adopted?.silent !== null).every(({ adopted }) => adopted?.owner === null));
});
