import type { Fleet } from '../fleet/fleet.ts';
import type { Network } from '../world/network.ts';
import type { RandomStream } from '../world/random-stream.ts';
import type { SimProcess } from '../world/sim-process.ts';

/** Nothing passes in either direction until the returned function is called. */
export function cutBothWays(network: Network, left: readonly SimProcess[], right: readonly SimProcess[]): () => void {
  const [there, back] = [network.cut(left, right), network.cut(right, left)];
  return () => {
    there();
    back();
  };
}

/** Stops a process, or suspends its machine, until the returned function is called; a later life of it goes its own way. */
export function pauseFor(fleet: Fleet, process: SimProcess, isMachine: boolean): () => void {
  const { life } = process;
  fleet.pause(process, isMachine);
  return () => {
    if (process.life === life) fleet.resume(process);
  };
}

/**
 * Between gateways and cells, of one data center or of all, something is slower than W: writes are under way at a freeze, and are
 * answered, or only begun, after the grant.
 */
export function slowCells(fleet: Fleet, random: RandomStream, what: 'answers' | 'requests'): () => void {
  const only = random.chance(0.4) ? random.pick(fleet.dataCenters) : null;
  const slowed = fleet.dataCenters.filter((name) => only === null || name === only);
  const delayMs = random.between(2_500, 7_500);
  const undos = slowed.flatMap((name) => {
    const gateways = fleet.gatewaysOf(name).map(({ process }) => process);
    const cells = fleet.cells.get(name)?.process;
    if (cells === undefined) return [];
    const isRequest = what === 'requests';
    return [fleet.network.slow(isRequest ? gateways : [cells], isRequest ? [cells] : gateways, delayMs, 0)];
  });
  if (what === 'requests') undos.push(slowGateCalls(fleet, random));
  return () => {
    for (const undo of undos) undo();
  };
}

/** Between a fence and the promotion elsewhere there is time then, in which late requests arrive. */
function slowGateCalls({ network, controls, cells }: Fleet, random: RandomStream): () => void {
  const from = controls.map(({ process }) => process);
  const to = [...cells.values()].map(({ process }) => process);
  return network.slow(from, to, random.between(200, 1_000), 0);
}
