import { decodeOperation, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { Operation, OperationStep } from '../../src/core/operation/operation.ts';
import { FREEZING } from '../../src/core/shard-columns.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RandomStream } from '../world/random-stream.ts';
import type { SimProcess } from '../world/sim-process.ts';
import { cutBothWays, pauseFor } from './fault-actions.ts';
import type { StepKind } from './planned-fault.ts';

type Undo = () => void;

/** Calls back once at the next step of an operation that moves shards, or at the next of a kind; returns how to wait no longer. */
export function atNextStep(fleet: Fleet, tell: (operation: Operation) => void, wanted?: OperationStep): () => void {
  let isOver = false;
  fleet.facts.on('committed', ({ commit }) => {
    if (isOver) return;
    for (const { key, value } of commit.writes) {
      if (value === null || isOver || !key.startsWith(OPERATION_PREFIX)) continue;
      const operation = decodeOperation(key, value);
      if (operation.moves.length === 0 || operation.outcome !== null) continue;
      if (wanted !== undefined && operation.step !== wanted) continue;
      isOver = true;
      tell(operation);
    }
  });
  return () => {
    isOver = true;
  };
}

/** Calls back at each transaction that freezes a shard of a unit with a cell in the data center; returns how to wait no longer. */
export function atNextFreeze(fleet: Fleet, dataCenter: string, tell: () => void): () => void {
  let isOver = false;
  const units = fleet.topology.units.filter(({ cells }) => cells.some((cell) => cell.dataCenter === dataCenter));
  const names = new Set(units.map(({ id }) => id));
  fleet.facts.on('committed', ({ before, after }) => {
    if (isOver || before === null || after === null || before.topology !== after.topology) return;
    for (const [shard, state] of after.shards.state.entries()) {
      if (state !== FREEZING || before.shards.state[shard] === FREEZING) continue;
      const unit = after.topology.units[after.shards.previous[shard] as number];
      if (unit === undefined || !names.has(unit.id)) continue;
      tell();
      return;
    }
  });
  return () => {
    isOver = true;
  };
}

/** Hits what the operation's next step depends on: a guard of the old owner, the controller, the copies. */
export function hitStep(fleet: Fleet, kind: StepKind, operation: Operation, random: RandomStream): Undo {
  const move = random.pick(operation.moves);
  const { dataCenter } = kind === 'hitTarget' ? move.to : move.from;
  const unit = fleet.topology.units.find(({ id }) => id === move.from.unit);
  // Each cell of the old owner has a guard that may be open.
  const places = kind === 'hitTarget' ? [dataCenter] : (unit?.cells.map((cell) => cell.dataCenter) ?? [dataCenter]);
  switch (kind) {
    case 'hitController': {
      const control = fleet.controls.find(({ isLeading }) => isLeading) ?? fleet.controls[0];
      return control === undefined ? noop : hitProcess(fleet, control.process, random);
    }
    case 'hitCells':
      return hitCells(fleet, random.pick(places), random);
    default: {
      const gateways = fleet.gatewaysOf(random.pick(places));
      return gateways.length === 0 ? noop : hitProcess(fleet, random.pick(gateways).process, random);
    }
  }
}

/** Cut off from the store in one direction or both, or heard late by it, stopped, suspended, killed. */
function hitProcess(fleet: Fleet, process: SimProcess, random: RandomStream): Undo {
  const { members } = fleet.store;
  const { network } = fleet;
  switch (random.below(8)) {
    case 0:
    case 1:
      return cutBothWays(network, [process], members);
    case 2:
      return network.cut(members, [process]);
    case 3:
    case 4:
      return network.slow(members, [process], random.between(200, 1_500), 0);
    case 5:
      return pauseFor(fleet, process, false);
    case 6:
      return pauseFor(fleet, process, true);
    default:
      fleet.kill(process);
      return () => fleet.restart(process);
  }
}

/** Answers that come late are what rule 5 is for. */
function hitCells(fleet: Fleet, dataCenter: string, random: RandomStream): Undo {
  const cells = fleet.cells.get(dataCenter);
  if (cells === undefined) return noop;
  const gateways = fleet.gatewaysOf(dataCenter).map(({ process }) => process);
  const controls = fleet.controls.map(({ process }) => process);
  switch (random.below(5)) {
    case 0:
      return pauseFor(fleet, cells.process, false);
    case 1:
      return fleet.network.slow(controls, [cells.process], random.between(200, 5_000), 0);
    case 2:
      return cutBothWays(fleet.network, controls, [cells.process]);
    default:
      return fleet.network.slow([cells.process], gateways, random.between(500, 7_500), 0);
  }
}

const noop = (): void => undefined;
