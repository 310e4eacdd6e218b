import type { Fleet } from '../../fleet/fleet.ts';
import type { SimGateway } from '../../fleet/sim-gateway.ts';
import type { Target } from '../../scenario/scenario.ts';
import type { SimProcess } from '../../world/sim-process.ts';
import { type After, waitBy } from '../drill-timer.ts';
import type { FaultWorld, LinkTrouble } from '../fault-world.ts';

export interface VirtualFaultParts {
  readonly fleet: Fleet;
  /** The store's members are processes; else it is a file that is always there. */
  readonly hasStoreProcesses: boolean;
  /** Clients of a gateway that dies, or leaves, find out. */
  readonly closeDoor: (name: string) => void;
  readonly openDoor: (name: string) => void;
  /** Tries of clients that a gateway has not answered yet. */
  readonly unanswered: (name: string) => number;
  readonly after: After;
}

/** As a gateway's `door.drainMs`: so long it may serve what it has before it ends. */
const DRAIN_MS = 10_000;
const DRAIN_LOOK_MS = 5;

/** What is only the store's trouble, so that what must go on without it can be told. */
type Trouble = 'store' | 'other';

/** A fleet in virtual time: nothing in here looks at the machine. */
export class VirtualFaultWorld implements FaultWorld {
  readonly #parts: VirtualFaultParts;
  /** What is wrong now, by what it is; a process that is dead or stopped under its name. */
  readonly #troubles = new Map<string, Trouble>();
  #links = 0;
  #calmSince: number | null = 0;

  constructor(parts: VirtualFaultParts) {
    this.#parts = parts;
  }

  /** Since when nothing but the store is troubled, by the world's time; null: something is. */
  get calmSince(): number | null {
    return this.#calmSince;
  }

  async processesOf(target: Target): Promise<readonly string[]> {
    return this.#targets(target).map(({ id }) => id);
  }

  async kill(name: string, losesDirectory: boolean): Promise<void> {
    const { fleet, closeDoor } = this.#parts;
    const process = fleet.process(name);
    fleet.kill(process, losesDirectory);
    if (losesDirectory) this.#loseDirectory(process);
    closeDoor(name);
    this.#trouble(name, process);
  }

  async restart(name: string): Promise<void> {
    const { fleet, openDoor } = this.#parts;
    fleet.restart(fleet.process(name));
    openDoor(name);
    this.#over(name);
  }

  pause(name: string): void {
    const process = this.#parts.fleet.process(name);
    this.#parts.fleet.pause(process);
    this.#trouble(name, process);
  }

  resume(name: string): void {
    const process = this.#parts.fleet.process(name);
    this.#parts.fleet.resume(process);
    if (process.isUp) this.#over(name);
  }

  /** The door closes, what is there is served to its end, and the next version starts. */
  async upgrade(name: string, readsFormats: readonly number[]): Promise<void> {
    const { fleet, closeDoor, openDoor } = this.#parts;
    const process = fleet.process(name);
    this.#trouble(name, process);
    const gateway = fleet.gateways.find((each) => each.process === process);
    const control = fleet.controls.find((each) => each.process === process);
    if (gateway !== undefined) await this.#drain(name, gateway);
    await (gateway ?? control)?.leave();
    fleet.kill(process);
    // What it did not end in time is reset.
    closeDoor(name);
    const next = gateway ?? control;
    if (next !== undefined) next.formats = readsFormats;
    fleet.restart(process);
    openDoor(name);
    this.#over(name);
  }

  async #drain(name: string, { guard }: SimGateway): Promise<void> {
    const { fleet, closeDoor, unanswered, after } = this.#parts;
    const until = fleet.world.now + DRAIN_MS;
    closeDoor(name);
    while (fleet.world.now < until && unanswered(name) + guard.writesInFlight > 0) await waitBy(after, DRAIN_LOOK_MS);
  }

  link(from: readonly string[], to: readonly string[] | null, trouble: LinkTrouble): () => void {
    const { network } = this.#parts.fleet;
    const near = from.map((name) => this.#parts.fleet.process(name));
    const far = to === null ? this.#others(near) : to.map((name) => this.#parts.fleet.process(name));
    const { isCut, isOneWay, delayMs } = trouble;
    const ways = isOneWay ? [[near, far] as const] : [[near, far] as const, [far, near] as const];
    const mends = ways.map(([here, there]) =>
      isCut ? network.cut(here, there) : network.slow(here, there, delayMs, 0),
    );
    this.#links += 1;
    const key = `link ${this.#links}`;
    this.#begin(key, 'other');
    return () => {
      for (const mend of mends) mend();
      this.#over(key);
    };
  }

  jump(name: string, byMs: number): void {
    this.#parts.fleet.process(name).jumpWall(byMs);
  }

  /** Starts what is dead, with the disks that are left, and lets go on what is stopped. */
  healAll(): void {
    const { fleet, openDoor } = this.#parts;
    for (const process of fleet.world.processes) {
      fleet.resume(process);
      fleet.restart(process);
      openDoor(process.id);
      this.#over(process.id);
    }
  }

  #targets(target: Target): readonly SimProcess[] {
    const { fleet } = this.#parts;
    const { members } = fleet.store;
    switch (target.kind) {
      case 'process':
        return [fleet.process(target.process)];
      case 'dataCenter':
        return fleet.processesOf(target.dataCenter);
      case 'city': {
        const city = fleet.topology.cities.find(({ id }) => id === target.city);
        return (city?.dataCenters ?? []).flatMap((name) => fleet.processesOf(name));
      }
      case 'store':
        return members;
      case 'storeLeader':
        return [fleet.store.leader ?? members[0]].filter((member) => member !== undefined);
      case 'controlLeader': {
        const leader = fleet.controls.find(({ isLeading }) => isLeading) ?? fleet.controls[0];
        return leader === undefined ? [] : [leader.process];
      }
    }
  }

  /** Inside a data center nothing is cut; control nodes and a store that is a file belong to none. */
  #others(near: readonly SimProcess[]): readonly SimProcess[] {
    const { fleet, hasStoreProcesses } = this.#parts;
    const places = new Set(near.map(({ dataCenter }) => dataCenter));
    return fleet.world.processes.filter(({ kind, dataCenter }) => {
      if (kind === 'people' || (kind === 'store' && !hasStoreProcesses)) return false;
      return kind === 'control' || !places.has(dataCenter);
    });
  }

  #loseDirectory({ id }: SimProcess): void {
    const { fleet } = this.#parts;
    fleet.gateways.find(({ process }) => process.id === id)?.disk.lose();
    [...fleet.cells.values()].find(({ process }) => process.id === id)?.loseDisk();
  }

  #trouble(name: string, { kind }: SimProcess): void {
    this.#begin(name, kind === 'store' ? 'store' : 'other');
  }

  #begin(what: string, trouble: Trouble): void {
    this.#troubles.set(what, trouble);
    this.#lookForCalm();
  }

  #over(what: string): void {
    this.#troubles.delete(what);
    this.#lookForCalm();
  }

  #lookForCalm(): void {
    if ([...this.#troubles.values()].includes('other')) this.#calmSince = null;
    else this.#calmSince ??= this.#parts.fleet.world.now;
  }
}
