import type { Operation } from '../../src/core/operation/operation.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RandomStream } from '../world/random-stream.ts';
import { cutBothWays } from './fault-actions.ts';

type Undo = () => void;

/**
 * One of the copies that an operation leaves behind learns nothing of the new owner: its gate hangs in `follow` and answers everything
 * else; mostly no other ledger reaches it either.
 */
export function hideGrant(fleet: Fleet, { moves }: Operation, random: RandomStream): Undo {
  const { from, to, candidates, copies } = random.pick(moves);
  const names = new Set([from, ...candidates, ...copies].map(({ dataCenter }) => dataCenter));
  names.delete(to.dataCenter);
  const cells = fleet.cells.get([...names][random.below(names.size)] ?? '');
  if (cells === undefined) return noop;
  cells.hangsIn = 'follow';
  const others = [...fleet.cells.values()].filter((each) => each !== cells).map(({ process }) => process);
  const mend = random.chance(0.7) ? cutBothWays(fleet.network, [cells.process], others) : noop;
  return () => {
    cells.hangsIn = null;
    mend();
  };
}

/** One ledger sends late to one other: the copies of its shards are not equally far. */
export function delayCopy(fleet: Fleet, random: RandomStream, delayMs: number): Undo {
  const from = random.pick(fleet.dataCenters);
  const to = random.pick(fleet.dataCenters.filter((name) => name !== from));
  fleet.cells.get(from)?.setDelay(delayMs, to);
  return () => fleet.cells.get(from)?.setDelay(0, to);
}

const noop = (): void => undefined;
