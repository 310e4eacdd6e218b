import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Epoch } from '../ids.ts';
import { chooseCopies } from './choose-copies.ts';
import { placeKey } from './operation.ts';

const place = (dataCenter: string) => ({ unit: 'RZ', dataCenter });
const [FROM, BEST, OTHER] = [place('a'), place('b'), place('c')];
const MOVE = { shards: [[7, 7]] as const, from: FROM, to: OTHER, candidates: [BEST], copies: [] };
const LINEAGES = [{ shards: [7, 7] as const, lineages: [5 as Epoch, 3 as Epoch] }];

/** The place that is chosen when copies answer with these positions, `lineage:offset`. */
function chosen(answers: readonly (readonly [ReturnType<typeof place>, string])[]): string | undefined {
  const positions = answers.map(([at, text]) => {
    const [lineage, offset] = text.split(':').map(Number);
    const position = { shard: 7, lineage: lineage as Epoch, offset: offset as number };
    return [placeKey(at), { positions: [position], isSynchronous: false }] as const;
  });
  return chooseCopies([MOVE], LINEAGES, new Map(positions)).moves[0]?.to.dataCenter;
}

test('the most advanced copy is the one of the latest lineage, whatever the numbers of older ones', () => {
  assert.equal(
    chosen([
      [OTHER, '3:900'],
      [BEST, '5:1'],
    ]),
    'b',
  );
  assert.equal(
    chosen([
      [OTHER, '5:1'],
      [BEST, '5:2'],
    ]),
    'b',
  );
});

test('a copy of a lineage that the last owner did not have is none, even if no other answers', () => {
  assert.equal(chosen([[OTHER, '4:900']]), undefined);
  assert.equal(
    chosen([
      [OTHER, '4:900'],
      [BEST, '3:1'],
    ]),
    'b',
  );
});
