import { ADMISSION_KEY, OPERATION_PREFIX } from '../../src/control/records/operation-record.ts';
import type { StoreWrite } from '../../src/store/coord-store.ts';
import { HEAD_KEY } from '../../src/store/records/head-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { OvertakenWrite } from '../store/overtaken-write.ts';
import type { RandomStream } from '../world/random-stream.ts';
import { cutBothWays, pauseFor } from './fault-actions.ts';
import { atNextFreeze, atNextStep } from './step-faults.ts';

type Undo = () => void;

/** What a transaction writes besides an operation that is no step of its own, or changes the table. */
const OTHERS: ReadonlySet<string> = new Set([HEAD_KEY, ADMISSION_KEY]);

const LOOK_MS = 100;
/** A read under way when the questions begin to be slow was asked in time, and is answered late. */
const QUESTIONS_AFTER_MS = 250;
const QUESTIONS_MS = 5_000;
/** Longer than a horizon: what a guard may do without the store it does in this time. */
const CUT_MS = 4_000;
/** Time for the next transaction to be sent. */
const STOPPED_AFTER_MS = 500;

/**
 * The store as one restored from a backup shows itself while control is stopped: reads see what was, nothing can be written. It begins
 * when all gateways run the newest table: a linearizable store has promised them that it never goes back.
 */
export function rewindStore(fleet: Fleet, forMs: number): Undo {
  const { store, world, gateways } = fleet;
  const backup = store.truth.copy();
  const before = fleet.history.table?.epoch ?? 0;
  let isOver = false;
  const look = (): void => {
    if (isOver) return;
    const newest = fleet.history.table?.epoch ?? 0;
    const isCurrent = gateways.every(({ process, guard }) => process.isRunning && guard.table?.epoch === newest);
    if (newest === before || !isCurrent || store.past !== null) {
      world.schedule(LOOK_MS, look);
      return;
    }
    world.note(-1, 'store', `shows epoch ${before} again, from a backup, instead of ${newest}`);
    store.past = backup;
    world.schedule(Math.min(forMs, 6_000), undo);
  };
  const undo = (): void => {
    if (isOver) return;
    isOver = true;
    if (store.past === backup) store.past = null;
  };
  look();
  return undo;
}

/**
 * A gateway is started anew, as for an upgrade, and the store takes everything but its guard's record. When a shard of its unit
 * freezes it hears nothing of it: nobody waits for a guard that is not on record.
 */
export function hideGuard(fleet: Fleet, random: RandomStream): Undo {
  const gateway = random.pick(fleet.gateways);
  const { process } = gateway;
  const { store, world } = fleet;
  const { life } = process;
  if (!process.isRunning || store.shy !== null) return noop;
  let isOver = false;
  const undos: Undo[] = [];
  let forget: Undo = noop;
  void gateway.leave().then(() => {
    if (isOver || process.life !== life || !process.isRunning) return;
    store.shy = process;
    fleet.kill(process);
    fleet.restart(process);
    forget = atNextFreeze(fleet, gateway.dataCenter, () => {
      const undo = cutBothWays(fleet.network, [process], store.members);
      undos.push(undo);
      world.schedule(CUT_MS, undo);
    });
  });
  return () => {
    isOver = true;
    forget();
    for (const undo of undos) undo();
    if (store.shy === process) store.shy = null;
    // One that has left and was never started again would stay closed for ever.
    if (process.life === life && process.isUp) {
      fleet.kill(process);
      fleet.restart(process);
    }
  };
}

/** From the next operation's beginning on the old owner's guards hear late what the store answered; a little later it is asked late, too. */
export function answerLate(fleet: Fleet, random: RandomStream): Undo {
  const undos: Undo[] = [];
  let isOver = false;
  const forget = atNextStep(fleet, ({ moves }) => {
    const units = new Set(moves.map(({ from }) => from.unit));
    const places = fleet.topology.units
      .filter(({ id }) => units.has(id))
      .flatMap(({ cells }) => cells.map(({ dataCenter }) => dataCenter));
    const guards = places.flatMap((name) => fleet.gatewaysOf(name)).map(({ process }) => process);
    const { members } = fleet.store;
    undos.push(fleet.network.slow(members, guards, random.between(600, 1_200), 0));
    fleet.world.schedule(QUESTIONS_AFTER_MS, () => {
      if (!isOver) undos.push(fleet.network.slow(guards, members, QUESTIONS_MS, 0));
    });
  });
  return () => {
    isOver = true;
    forget();
    for (const undo of undos) undo();
  };
}

/**
 * After the next step of an operation what the leader sends to the store hangs on its way, and the leader stops: it takes effect
 * when somebody else leads.
 */
export function writeLate(fleet: Fleet): Undo {
  const { store, world } = fleet;
  let undoPause: Undo = noop;
  let isOver = false;
  const forget = atNextStep(fleet, () => {
    const leader = fleet.controls.find(({ isLeading }) => isLeading)?.process;
    if (leader === undefined || store.hanging !== null) return;
    store.hanging = leader;
    world.schedule(STOPPED_AFTER_MS, () => {
      store.hanging = null;
      if (!isOver && leader.isRunning) undoPause = pauseFor(fleet, leader, false);
    });
  });
  return () => {
    isOver = true;
    forget();
    undoPause();
  };
}

/** The leader writes a step that leaves the table as it is, hears nothing, writes it again, and both take effect unless the step is compared. */
export function overtakeWrite({ store, world, controls }: Fleet): Undo {
  const leader = controls.find(({ isLeading }) => isLeading)?.process;
  if (leader === undefined || store.overtaken !== null) return noop;
  const isStep = (writes: readonly StoreWrite[]): boolean =>
    writes.some(({ key }) => key.startsWith(OPERATION_PREFIX)) && writes.every(({ key }) => !OTHERS.has(key));
  const write = new OvertakenWrite(world, leader, isStep);
  store.overtaken = write;
  return () => {
    if (store.overtaken === write) store.overtaken = null;
  };
}

const noop = (): void => undefined;
