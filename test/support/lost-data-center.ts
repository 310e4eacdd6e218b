import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import type { RunningFleet } from './running-fleet.ts';

const AWAY = '.away';

/**
 * A data center that is gone: its processes killed, its directories deleted. The fleet tries to start them again, and they
 * cannot without their configuration, until `comeBack`: with empty directories.
 */
export class LostDataCenter {
  readonly #fleet: RunningFleet;
  readonly #name: string;
  readonly #files: readonly string[];

  constructor(fleet: RunningFleet, name: string) {
    this.#fleet = fleet;
    this.#name = name;
    const processes = [...fleet.children().keys()].filter((process) => processOf(name).test(process));
    this.#files = processes.map((process) => join(fleet.directory, 'config', `${process}.json`));
    for (const file of this.#files) renameSync(file, file + AWAY);
    for (const process of processes) fleet.signal(process, 'SIGKILL');
    this.#forget();
  }

  /** Resolves when its gateway reaches every cell again. The fleet has paused longer and longer meanwhile. */
  async comeBack(): Promise<void> {
    // The certificates are the fleet's to make; a data center that is built anew gets them from there.
    this.#forget();
    for (const file of this.#files) renameSync(file + AWAY, file);
    await eventually('its gateway answers', async () => (await this.#fleet.status(this.#name)).table !== null, 60_000);
    await this.#fleet.serves([this.#name]);
  }

  #forget(): void {
    const { directory } = this.#fleet;
    rmSync(join(directory, 'data-centers', this.#name), { recursive: true, force: true });
    for (const node of readdirSync(join(directory, 'nodes'))) {
      if (!processOf(this.#name).test(node)) continue;
      for (const file of readdirSync(join(directory, 'nodes', node))) {
        if (!file.startsWith('node.')) rmSync(join(directory, 'nodes', node, file), { recursive: true, force: true });
      }
    }
  }
}

function processOf(dataCenter: string): RegExp {
  return new RegExp(`^(cells-${dataCenter}|gateway-${dataCenter}-\\d+)$`);
}
