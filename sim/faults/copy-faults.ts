import type { Fleet } from '../fleet/fleet.ts';
import type { RandomStream } from '../world/random-stream.ts';
import { cutBothWays } from './fault-actions.ts';
import { atNextStep } from './step-faults.ts';

type Undo = () => void;

/**
 * From the next grant on one of the copies that the operation leaves behind learns nothing of the new owner: its gate hangs in `follow`
 * and answers everything else; mostly no other ledger reaches it either.
 */
export function hideGrant(fleet: Fleet, random: RandomStream): Undo {
  const undos: Undo[] = [];
  let isOver = false;
  const isAlone = random.chance(0.7);
  const forget = atNextStep(
    fleet,
    ({ moves }) => {
      const { from, to, candidates, copies } = random.pick(moves);
      const names = new Set([from, ...candidates, ...copies].map(({ dataCenter }) => dataCenter));
      names.delete(to.dataCenter);
      const cells = fleet.cells.get([...names][random.below(names.size)] ?? '');
      if (isOver || cells === undefined) return;
      cells.hangsIn = 'follow';
      undos.push(() => {
        cells.hangsIn = null;
      });
      const others = [...fleet.cells.values()].filter((each) => each !== cells).map(({ process }) => process);
      if (isAlone) undos.push(cutBothWays(fleet.network, [cells.process], others));
    },
    'promote',
  );
  return () => {
    isOver = true;
    forget();
    for (const undo of undos) undo();
  };
}

/** One ledger sends late to one other: the copies of its shards are not equally far. */
export function delayCopy(fleet: Fleet, random: RandomStream, delayMs: number): Undo {
  const from = random.pick(fleet.dataCenters);
  const to = random.pick(fleet.dataCenters.filter((name) => name !== from));
  fleet.cells.get(from)?.setDelay(delayMs, to);
  return () => fleet.cells.get(from)?.setDelay(0, to);
}
