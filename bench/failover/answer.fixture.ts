import type { LoadAnswer } from './load-answer.ts';

/** A good answer to a write of shard 07 at the instant 0, but for what is given. */
export function answer(over: Partial<LoadAnswer> = {}): LoadAnswer {
  const { id = 'a', amount = 5 } = over;
  return {
    kind: 'write',
    shard: '07',
    userId: '700007',
    account: '700007',
    id,
    amount,
    turn: 0,
    door: 'hz-a',
    dueAt: 0,
    sentAt: 0,
    doneAt: 0,
    status: 201,
    epoch: 1,
    text: JSON.stringify({ id, balance: amount, cell: 'RZ01A', epoch: 1 }),
    ...over,
  };
}
