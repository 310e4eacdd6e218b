import { INCARNATION } from '../../../test/support/three-cities.ts';
import { newOperation, type Operation, type OperationOrder } from './operation.ts';
import { DEFAULT_DEADLINES } from './operation-deadlines.ts';
import { PLAIN_OPTIONS } from './plain-options.fixture.ts';

export const FROM = { unit: 'RZ05', dataCenter: 'sz-a' };
export const TO = { unit: 'RZ01', dataCenter: 'hz-a' };

/** A planned move of some shards of the three cities, as it is ordered: nothing was done yet. */
export function plainMove(id: string, from: number, to: number, over: Partial<OperationOrder> = {}): Operation {
  return newOperation({
    id,
    incarnation: INCARNATION,
    kind: 'move',
    moves: [{ shards: [[from, to]], from: FROM, to: TO, candidates: [], copies: [] }],
    weights: [],
    author: 'ada',
    reason: 'drill',
    createdAt: 0,
    options: PLAIN_OPTIONS,
    deadlines: DEFAULT_DEADLINES,
    ...over,
  });
}
