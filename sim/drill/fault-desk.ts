import type { FaultSample } from '../report/drill-record.ts';
import { targetInWords } from '../scenario/read-target.ts';
import type { Action, Link, Target } from '../scenario/scenario.ts';
import { type After, machineAfter } from './drill-timer.ts';
import type { FaultWorld, LinkTrouble } from './fault-world.ts';

export type Fault = Exclude<Action, { readonly kind: 'operate' }>;

export interface FaultDeskParts {
  readonly world: FaultWorld;
  readonly nowMs: () => number;
  /** Default: the machine's. */
  readonly after?: After;
  /** Told of each fault and each end of one, in words. */
  readonly tell?: (words: string) => void;
}

/** Brings about what a timeline says, and undoes it. */
export class FaultDesk {
  readonly samples: FaultSample[] = [];
  readonly #parts: FaultDeskParts;
  readonly #timers = new Set<() => void>();
  /** Ends of faults that have none of their own, by what they are. */
  readonly #open = new Map<string, () => void>();

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
      case 'cut': {
        const { isOneWay, link, forMs } = fault;
        return this.#link(isOneWay ? 'cut one way' : 'cut', link, forMs, { isCut: true, isOneWay, delayMs: 0 });
      }
      case 'slow': {
        const { delayMs, link, forMs } = fault;
        return this.#link(`slow by ${delayMs} ms`, link, forMs, { isCut: false, isOneWay: false, delayMs });
      }
      case 'flap':
        return this.#flap(fault);
      case 'mend':
        return this.#mend(fault.link);
      case 'upgrade':
        return this.#upgrade(fault.target, fault.readsFormats);
      case 'jump':
        return this.#jump(fault.target, fault.byMs);
    }
  }

  /** Ends every fault that can be ended; what was killed stays dead. */
  endAll(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    for (const what of [...this.#open.keys()]) this.#end(what);
  }

  async #kill(target: Target, losesDirectory: boolean): Promise<void> {
    const { world } = this.#parts;
    const names = await world.processesOf(target);
    this.#say(`kill ${wordsOf(target, names)}${losesDirectory ? ' with its disks' : ''}`, false);
    await Promise.all(names.map((name) => world.kill(name, losesDirectory)));
  }

  async #restart(target: Target): Promise<void> {
    const { world } = this.#parts;
    const names = await world.processesOf(target);
    await Promise.all(names.map((name) => world.restart(name)));
    this.#say(`restart ${targetInWords(target)}`, true);
  }

  async #upgrade(target: Target, formats: readonly number[]): Promise<void> {
    const { world } = this.#parts;
    const words = `upgrade ${targetInWords(target)} to formats ${formats.join(', ')}`;
    this.#say(words, false);
    for (const name of await world.processesOf(target)) await world.upgrade(name, formats);
    this.#say(words, true);
  }

  async #jump(target: Target, byMs: number): Promise<void> {
    const { world } = this.#parts;
    for (const name of await world.processesOf(target)) world.jump(name, byMs);
    this.#say(`jump ${targetInWords(target)} by ${byMs} ms`, false);
  }

  async #pause(target: Target, forMs: number | null): Promise<void> {
    const { world } = this.#parts;
    const names = await world.processesOf(target);
    for (const name of names) world.pause(name);
    this.#begin(`pause ${targetInWords(target)}`, forMs, () => {
      for (const name of names) world.resume(name);
    });
  }

  async #link(verb: string, link: Link, forMs: number | null, trouble: LinkTrouble): Promise<void> {
    const mend = this.#parts.world.link(...(await this.#ends(link)), trouble);
    this.#begin(`${verb} ${linkInWords(link)}`, forMs, mend);
  }

  async #flap({ link, downMs, upMs, forMs }: Extract<Fault, { kind: 'flap' }>): Promise<void> {
    const ends = await this.#ends(link);
    let mend: (() => void) | null = null;
    let cancel: () => void = () => undefined;
    const turn = (): void => {
      const isDown = mend === null;
      mend?.();
      mend = isDown ? this.#parts.world.link(...ends, { isCut: true, isOneWay: false, delayMs: 0 }) : null;
      cancel = this.#after(isDown ? downMs : upMs, turn);
    };
    turn();
    this.#begin(`flap ${linkInWords(link)}`, forMs, () => {
      cancel();
      mend?.();
    });
  }

  #mend(link: Link): void {
    const words = linkInWords(link);
    for (const what of [...this.#open.keys()])
      if (what.endsWith(` ${words}`) && !what.startsWith('pause')) this.#end(what);
  }

  async #ends({ from, to }: Link): Promise<[readonly string[], readonly string[] | null]> {
    const { world } = this.#parts;
    const others = to.kind === 'others' ? null : await world.processesOf(to);
    return [await world.processesOf(from), others];
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
    const { nowMs, tell } = this.#parts;
    this.samples.push({ kind: 'fault', atMs: nowMs(), what, isEnd });
    tell?.(isEnd ? `${what}: over` : what);
  }

  #after(ms: number, fire: () => void): () => void {
    const { after = machineAfter } = this.#parts;
    const cancel = after(ms, () => {
      this.#timers.delete(cancel);
      fire();
    });
    this.#timers.add(cancel);
    return () => {
      cancel();
      this.#timers.delete(cancel);
    };
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
