import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { FaultSample } from '../report/drill-record.ts';
import { targetInWords } from '../scenario/read-target.ts';
import type { Action, Link, Target } from '../scenario/scenario.ts';
import { leaderOf } from './etcd-command.ts';
import type { LiveFleet } from './live-fleet.ts';
import { processesOf } from './live-layout.ts';

export type Fault = Exclude<Action, { readonly kind: 'operate' }>;

export interface FaultDeskParts {
  readonly fleet: LiveFleet;
  readonly topology: TopologyDocument;
  readonly nowMs: () => number;
  /** The control node that leads; null: not known. */
  readonly controlLeader: () => string | null;
}

/** Does to real processes what a timeline says, and undoes it. */
export class FaultDesk {
  readonly samples: FaultSample[] = [];
  readonly #parts: FaultDeskParts;
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Ends of faults that have none of their own, by what they are. */
  readonly #open = new Map<string, () => void>();
  #flaps = 0;

  constructor(parts: FaultDeskParts) {
    this.#parts = parts;
  }

  async do(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'kill':
        return this.#kill(fault.target, fault.losesDirectory);
      case 'restart':
        return this.#restart(fault.target);
      case 'pause':
        return this.#pause(fault.target, fault.forMs);
      case 'resume':
        return this.#end(`pause ${targetInWords(fault.target)}`);
      case 'cut':
        return this.#link(fault.isOneWay ? 'cut one way' : 'cut', fault.link, fault.forMs, {
          isCut: true,
          isOneWay: fault.isOneWay,
        });
      case 'slow':
        return this.#link(`slow by ${fault.delayMs} ms`, fault.link, fault.forMs, { delayMs: fault.delayMs });
      case 'flap':
        return this.#flap(fault);
      case 'mend':
        return this.#mend(fault.link);
      case 'upgrade':
        return this.#upgrade(fault.target, fault.readsFormats);
      case 'jump':
        throw new Error('a clock cannot jump live');
    }
  }

  /** Ends every fault that can be ended; what was killed stays dead. */
  endAll(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const what of [...this.#open.keys()]) this.#end(what);
  }

  async #kill(target: Target, losesDirectory: boolean): Promise<void> {
    const names = await this.#processes(target);
    this.#say(`kill ${wordsOf(target, names)}${losesDirectory ? ' with its disks' : ''}`, false);
    await Promise.all(names.map((name) => this.#parts.fleet.kill(name, losesDirectory)));
  }

  async #restart(target: Target): Promise<void> {
    const names = await this.#processes(target);
    await Promise.all(names.map((name) => this.#parts.fleet.launch(name)));
    this.#say(`restart ${targetInWords(target)}`, true);
  }

  /** SIGTERM, and again; there is one version of the software here, so the formats stay. */
  async #upgrade(target: Target, formats: readonly number[]): Promise<void> {
    const words = `upgrade ${targetInWords(target)} to formats ${formats.join(', ')}`;
    this.#say(`${words} (restart)`, false);
    for (const name of await this.#processes(target)) await this.#parts.fleet.relaunch(name);
    this.#say(words, true);
  }

  async #pause(target: Target, forMs: number | null): Promise<void> {
    const names = await this.#processes(target);
    const { fleet } = this.#parts;
    for (const name of names) fleet.process(name).pause();
    this.#begin(`pause ${targetInWords(target)}`, forMs, () => {
      for (const name of names) fleet.process(name).resume();
    });
  }

  async #link(
    verb: string,
    link: Link,
    forMs: number | null,
    { isCut = false, isOneWay = false, delayMs = 0 },
  ): Promise<void> {
    const { links } = this.#parts.fleet;
    const key = `${verb} ${linkInWords(link)}`;
    links.add({ key, ...(await this.#ends(link)), isCut, isOneWay, delayMs });
    this.#begin(key, forMs, () => links.mend(key));
  }

  async #flap({ link, downMs, upMs, forMs }: Extract<Fault, { kind: 'flap' }>): Promise<void> {
    const { links } = this.#parts.fleet;
    this.#flaps += 1;
    const key = `flap ${linkInWords(link)}`;
    const inner = `${key} #${this.#flaps}`;
    const fault = { key: inner, ...(await this.#ends(link)), isCut: true, isOneWay: false, delayMs: 0 };
    let isDown = false;
    const turn = (): void => {
      isDown = !isDown;
      if (isDown) links.add(fault);
      else links.mend(inner);
      next = this.#after(isDown ? downMs : upMs, turn);
    };
    let next = this.#after(0, turn);
    this.#begin(key, forMs, () => {
      this.#cancel(next);
      links.mend(inner);
    });
  }

  #mend(link: Link): void {
    const words = linkInWords(link);
    for (const what of [...this.#open.keys()])
      if (what.endsWith(` ${words}`) && !what.startsWith('pause')) this.#end(what);
  }

  async #ends({
    from,
    to,
  }: Link): Promise<{ readonly from: ReadonlySet<string>; readonly to: ReadonlySet<string> | null }> {
    const others = to.kind === 'others' ? null : new Set(await this.#processes(to));
    return { from: new Set(await this.#processes(from)), to: others };
  }

  /** Names of the processes as they are now. */
  async #processes(target: Target): Promise<readonly string[]> {
    const { fleet, topology, controlLeader } = this.#parts;
    const { layout } = fleet;
    switch (target.kind) {
      case 'process':
        return [target.process];
      case 'dataCenter':
        return processesOf(layout, target.dataCenter);
      case 'city': {
        const city = topology.cities.find(({ id }) => id === target.city);
        return (city?.dataCenters ?? []).flatMap((id) => processesOf(layout, id));
      }
      case 'store':
        return layout.members.map(({ name }) => name);
      case 'storeLeader':
        return [(await leaderOf(layout.members)) ?? layout.members[0]?.name ?? ''];
      case 'controlLeader':
        return [controlLeader() ?? [...layout.controls.keys()][0] ?? ''];
    }
  }

  #begin(what: string, forMs: number | null, undo: () => void): void {
    this.#say(what, false);
    this.#open.set(what, undo);
    if (forMs !== null) this.#after(forMs, () => this.#end(what));
  }

  #end(what: string): void {
    const undo = this.#open.get(what);
    if (undo === undefined) return;
    this.#open.delete(what);
    undo();
    this.#say(what, true);
  }

  #say(what: string, isEnd: boolean): void {
    this.samples.push({ kind: 'fault', atMs: this.#parts.nowMs(), what, isEnd });
  }

  #after(ms: number, fire: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      fire();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

/** A leader is named, so that the report says who it was. */
function wordsOf(target: Target, names: readonly string[]): string {
  const isLeader = target.kind === 'storeLeader' || target.kind === 'controlLeader';
  return isLeader ? `${targetInWords(target)} (${names.join(', ')})` : targetInWords(target);
}

function linkInWords({ from, to }: Link): string {
  return `${targetInWords(from)} – ${targetInWords(to)}`;
}
