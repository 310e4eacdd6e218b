import type { TopologyDocument } from '../../src/core/topology-document.ts';
import type { Target } from '../scenario/scenario.ts';
import { leaderOf } from './etcd-command.ts';
import type { FaultWorld, LinkTrouble } from './fault-world.ts';
import type { LiveFleet } from './live-fleet.ts';
import { processesOf } from './live-layout.ts';

export interface LiveFaultParts {
  readonly fleet: LiveFleet;
  readonly topology: TopologyDocument;
  /** The control node that leads; null: not known. */
  readonly controlLeader: () => string | null;
}

/** Real processes: signals, deleted directories, and the relays between them. */
export class LiveFaultWorld implements FaultWorld {
  readonly #parts: LiveFaultParts;
  #links = 0;

  constructor(parts: LiveFaultParts) {
    this.#parts = parts;
  }

  async processesOf(target: Target): Promise<readonly string[]> {
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

  async kill(name: string, losesDirectory: boolean): Promise<void> {
    await this.#parts.fleet.kill(name, losesDirectory);
  }

  async restart(name: string): Promise<void> {
    await this.#parts.fleet.launch(name);
  }

  pause(name: string): void {
    this.#parts.fleet.process(name).pause();
  }

  resume(name: string): void {
    this.#parts.fleet.process(name).resume();
  }

  /** SIGTERM, and again; there is one version of the software here, so the formats stay. */
  async upgrade(name: string): Promise<void> {
    await this.#parts.fleet.relaunch(name);
  }

  link(from: readonly string[], to: readonly string[] | null, trouble: LinkTrouble): () => void {
    const { links } = this.#parts.fleet;
    this.#links += 1;
    const key = `fault ${this.#links}`;
    links.add({ key, from: new Set(from), to: to === null ? null : new Set(to), ...trouble });
    return () => links.mend(key);
  }

  jump(): void {
    throw new Error('a clock cannot jump live');
  }
}
