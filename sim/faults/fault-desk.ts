import type { Operation } from '../../src/core/operation/operation.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { NO_TROUBLE, type StoreTrouble } from '../store/store-cluster.ts';
import { RandomStream } from '../world/random-stream.ts';
import type { ProcessKind, SimProcess } from '../world/sim-process.ts';
import { delayCopy, hideGrant } from './copy-faults.ts';
import { cutBothWays, pauseFor, slowCells } from './fault-actions.ts';
import { type FaultKind, type PlannedFault, STEP_KINDS, type StepKind } from './planned-fault.ts';
import { atNextStep, hitStep } from './step-faults.ts';
import { answerLate, hideGuard, overtakeWrite, rewindStore, writeLate } from './store-faults.ts';

type Undo = () => void;

/** Kinds that trouble the store and nothing else. */
const STORE_ONLY: ReadonlySet<FaultKind> = new Set(['loseStore', 'killStore']);

/** Two of them, of one kind or of two, stop hearing each other. */
const TALKERS: readonly ProcessKind[] = ['gateway', 'control', 'cells'];

/** Brings faults into a fleet at their instants, and mends them at their ends. */
export class FaultDesk {
  readonly #fleet: Fleet;
  readonly #open = new Map<string, { readonly fault: PlannedFault; readonly undo: Undo }>();
  readonly counts = new Map<FaultKind, number>();
  #calmFrom: number | null = 0;
  #isClosed = false;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Since when nothing but the store may be troubled; null: something is. */
  get calmSince(): number | null {
    return this.#calmFrom;
  }

  schedule(faults: readonly PlannedFault[]): void {
    for (const fault of faults) this.#fleet.world.schedule(fault.atMs - this.#fleet.world.now, () => this.begin(fault));
  }

  begin(fault: PlannedFault): void {
    if (this.#isClosed) return;
    const kind = STEP_KINDS.find((each) => each === fault.kind);
    if (fault.kind === 'hiddenGrant') this.#awaitGrant(fault);
    else if (kind === undefined) this.#beginNow(fault, () => this.#carryOut(fault));
    else this.#await(fault, kind);
  }

  #beginNow(fault: PlannedFault, act: () => Undo): void {
    if (this.#isClosed) return;
    const { world } = this.#fleet;
    world.note(-1, 'fault', `${fault.id} for ${fault.forMs} ms`);
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    this.#open.set(fault.id, { fault, undo: act() });
    this.#lookForCalm();
    world.schedule(fault.forMs, () => this.#end(fault.id));
  }

  /** It begins soon after the next step of an operation, and hits what that operation depends on. */
  #await(fault: PlannedFault, kind: StepKind): void {
    const random = new RandomStream(this.#fleet.world.seed, `fault ${fault.id}`);
    const delayMs = random.chance(0.6) ? random.between(0, 150) : random.between(0, 4_000);
    atNextStep(this.#fleet, (operation) => {
      this.#fleet.world.schedule(delayMs, () =>
        this.#beginNow(fault, () => hitStep(this.#fleet, kind, operation, random)),
      );
    });
  }

  /** At the grant itself: a moment later a copy may have been told. */
  #awaitGrant(fault: PlannedFault): void {
    const random = new RandomStream(this.#fleet.world.seed, `fault ${fault.id}`);
    const begin = (operation: Operation): void =>
      this.#beginNow(fault, () => hideGrant(this.#fleet, operation, random));
    atNextStep(this.#fleet, begin, 'promote');
  }

  /** Mends everything; no fault begins any more. */
  heal(): void {
    this.#isClosed = true;
    for (const id of [...this.#open.keys()]) this.#end(id);
    for (const process of this.#fleet.world.processes) {
      this.#fleet.resume(process);
      this.#fleet.restart(process);
    }
  }

  #end(id: string): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    this.#fleet.world.note(-1, 'fault', `${id} is over`);
    open.undo();
    this.#lookForCalm();
  }

  #lookForCalm(): void {
    const isCalm = [...this.#open.values()].every(({ fault }) => STORE_ONLY.has(fault.kind));
    if (!isCalm) this.#calmFrom = null;
    else this.#calmFrom ??= this.#fleet.world.now;
  }

  #carryOut({ id, kind, forMs }: PlannedFault): Undo {
    // What a fault hits is drawn from its own stream: it stays the same when others are left out.
    const random = new RandomStream(this.#fleet.world.seed, `fault ${id}`);
    const one = (wanted: ProcessKind): SimProcess =>
      random.pick(this.#fleet.world.processes.filter((each) => each.kind === wanted));
    const fleet = this.#fleet;
    switch (kind) {
      case 'killGateway':
        return this.#kill([one('gateway')]);
      case 'killControl':
        return this.#kill([random.chance(0.7) ? (leaderOf(fleet) ?? one('control')) : one('control')]);
      case 'killCells':
        return this.#kill([one('cells')]);
      case 'killStore':
        return this.#kill([one('store')]);
      case 'powerCut':
        return this.#kill([one('gateway')], true);
      case 'loseDataCenter':
        return this.#kill(fleet.processesOf(random.pick(fleet.dataCenters)), true);
      case 'pauseGateway':
        return pauseFor(fleet, one('gateway'), false);
      case 'pauseControl':
        return pauseFor(fleet, random.chance(0.7) ? (leaderOf(fleet) ?? one('control')) : one('control'), false);
      case 'pauseCells':
        return pauseFor(fleet, one('cells'), false);
      case 'suspendGateway':
        return pauseFor(fleet, one('gateway'), true);
      case 'suspendControl':
        return pauseFor(fleet, one('control'), true);
      case 'jumpWall': {
        one(random.chance(0.5) ? 'gateway' : 'control').jumpWall(random.between(-60_000, 60_000));
        return noop;
      }
      case 'cutDataCenters': {
        const [from, to] = this.#twoDataCenters(random);
        return random.chance(0.5) ? fleet.network.cut(from, to) : cutBothWays(fleet.network, from, to);
      }
      case 'isolateDataCenter': {
        const own = fleet.processesOf(random.pick(fleet.dataCenters));
        const others = fleet.world.processes.filter((each) => !own.includes(each) && each.kind !== 'people');
        return random.chance(0.3) ? fleet.network.cut(own, others) : cutBothWays(fleet.network, own, others);
      }
      case 'cutFromStore': {
        const from = [one(random.chance(0.6) ? 'gateway' : 'control')];
        const members = fleet.store.members;
        return random.chance(0.5) ? cutBothWays(fleet.network, from, members) : fleet.network.cut(members, from);
      }
      case 'slowLink': {
        const [from, to] = this.#twoDataCenters(random);
        return fleet.network.slow(from, to, random.between(20, 2_000), 0);
      }
      case 'lossyLink': {
        const [from, to] = this.#twoDataCenters(random);
        return fleet.network.slow(from, to, 0, random.between(0.01, 0.4));
      }
      case 'loseStore':
        return this.#kill(fleet.store.members);
      case 'slowStore':
        return this.#trouble({ slow: random.between(0.05, 0.8) });
      case 'ambiguousStore':
        return this.#trouble({ ambiguous: random.between(0.05, 0.6), late: random.between(0, 0.5) });
      case 'doubtfulHints':
        return this.#trouble({ hintsLost: random.unit(), hintsLate: random.unit(), hintsTwice: random.unit() });
      case 'rewoundStore':
        return rewindStore(fleet, forMs);
      case 'shyGuard':
        return hideGuard(fleet, random);
      case 'lateReads':
        return answerLate(fleet, random);
      case 'lateWrite':
        return writeLate(fleet);
      case 'slowAnswers':
        return slowCells(fleet, random, 'answers');
      case 'lateRequests':
        return slowCells(fleet, random, 'requests');
      case 'compactedStore':
        return this.#trouble({ hintsCompacted: random.between(0.1, 1) });
      case 'cutProcesses': {
        const [from, to] = [one(random.pick(TALKERS)), one(random.pick(TALKERS))];
        return random.chance(0.6) ? fleet.network.cut([from], [to]) : cutBothWays(fleet.network, [from], [to]);
      }
      case 'doublePeerCalls': {
        fleet.peersTwice.share = random.between(0.05, 0.7);
        return () => {
          fleet.peersTwice.share = 0;
        };
      }
      case 'doubleGateCalls': {
        fleet.twice.share = random.between(0.1, 0.9);
        return () => {
          fleet.twice.share = 0;
        };
      }
      case 'delayedCopy':
        return delayCopy(fleet, random, random.between(200, Math.max(500, forMs / 3)));
      case 'overtakenWrite':
        return overtakeWrite(fleet);
      case 'hitGuard':
      case 'hitController':
      case 'hitCells':
      case 'hitTarget':
      case 'hiddenGrant':
        return noop;
      case 'slowReplication': {
        const cells = random.pick([...fleet.cells.values()]);
        cells.setDelay(random.between(100, Math.max(200, forMs / 2)));
        return () => cells.setDelay(0);
      }
    }
  }

  #kill(processes: readonly SimProcess[], isPowerCut = false): Undo {
    const hit = processes.filter(({ isUp }) => isUp);
    for (const process of hit) this.#fleet.kill(process, isPowerCut);
    return () => {
      for (const process of hit) this.#fleet.restart(process);
    };
  }

  #twoDataCenters(random: RandomStream): [readonly SimProcess[], readonly SimProcess[]] {
    const [from, to] = [random.pick(this.#fleet.dataCenters), random.pick(this.#fleet.dataCenters)];
    return [this.#fleet.processesOf(from), from === to ? [] : this.#fleet.processesOf(to)];
  }

  #trouble(change: Partial<StoreTrouble>): Undo {
    Object.assign(this.#fleet.store.trouble, change);
    return () => {
      for (const name of Object.keys(change) as (keyof StoreTrouble)[])
        this.#fleet.store.trouble[name] = NO_TROUBLE[name];
    };
  }
}

function leaderOf(fleet: Fleet): SimProcess | null {
  return fleet.controls.find(({ isLeading }) => isLeading)?.process ?? null;
}

const noop = (): void => undefined;
