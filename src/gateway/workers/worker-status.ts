import type { CellStatus, InstanceStatus } from '../cells/cell-status.ts';
import type { GuardStatus } from '../guard/guard-status.ts';
import type { PeerStatus } from '../peers.ts';
import type { AppliedVersion } from './worker-ledger.ts';

/** What one worker says of itself; plain JSON. */
export interface WorkerStatus {
  readonly table: AppliedVersion;
  readonly guard: GuardStatus;
  readonly held: number;
  readonly cells: readonly CellStatus[];
  readonly peers: readonly PeerStatus[];
  readonly unavailableCells: readonly string[];
}

/** The guards of all workers as one: it is open if all of them are, and for as long as the first to close. */
export function joinedGuard(own: GuardStatus, workers: readonly GuardStatus[]): GuardStatus {
  const all = [own, ...workers];
  return {
    isOpen: all.every(({ isOpen }) => isOpen),
    leftMs: Math.min(...all.map(({ leftMs }) => leftMs)),
    closedBy: all.find(({ closedBy }) => closedBy !== null)?.closedBy ?? null,
    writesInFlight: all.reduce((sum, { writesInFlight }) => sum + writesInFlight, 0),
    drained: own.drained,
  };
}

/** The parent's cells with what the workers have at them. */
export function joinedCells(own: readonly CellStatus[], workers: readonly (readonly CellStatus[])[]): CellStatus[] {
  return own.map((cell) => {
    const same = workers.flatMap((cells) => cells.filter((other) => other.cell === cell.cell));
    const instancesOf = (address: string): InstanceStatus[] =>
      same.flatMap(({ instances }) => instances.filter((other) => other.address === address));
    return {
      ...cell,
      inFlight: sum(same, ({ inFlight }) => inFlight),
      waiting: sum(same, ({ waiting }) => waiting),
      instances: cell.instances.map((instance) => joinedInstance(instance, instancesOf(instance.address))),
    };
  });
}

/** A link of each worker to each gateway; one that is not ready is what is to be looked at. */
export function joinedPeers(workers: readonly (readonly PeerStatus[])[]): PeerStatus[] {
  const peers = new Map<string, PeerStatus>();
  for (const peer of workers.flat()) {
    const key = `${peer.node} ${peer.interlink}`;
    const known = peers.get(key);
    const worse = known === undefined || known.state === 'ready' ? peer : known;
    peers.set(key, { ...worse, streams: peer.streams + (known?.streams ?? 0) });
  }
  return [...peers.values()];
}

function joinedInstance(own: InstanceStatus, workers: readonly InstanceStatus[]): InstanceStatus {
  const isEjected = own.state === 'healthy' && workers.some(({ state }) => state === 'ejected');
  return {
    ...own,
    state: isEjected ? 'ejected' : own.state,
    inFlight: sum(workers, ({ inFlight }) => inFlight),
    connections: sum(workers, ({ connections }) => connections),
    lastError: own.lastError ?? workers.find(({ lastError }) => lastError !== null)?.lastError ?? null,
  };
}

const sum = <T>(all: readonly T[], value: (one: T) => number): number =>
  all.reduce((total, one) => total + value(one), 0);
