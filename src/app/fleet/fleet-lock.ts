import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../errors.ts';

/** One fleet per directory: two would share the store's file and fight for the ports. */
export class FleetLock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** Throws CLI_USAGE if a living fleet holds the directory. */
  static take(directory: string): FleetLock {
    const file = join(directory, 'fleet.pid');
    const holder = livingHolder(file);
    if (holder !== null) {
      throw new CodedError(
        'CLI_USAGE',
        `a fleet (process ${holder}) runs in ${directory}; end it, or give --dir and --base-port`,
      );
    }
    writeFileSync(file, String(process.pid), { mode: 0o600 });
    return new FleetLock(file);
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

/** A fleet that was killed leaves its file behind; a process that is gone holds nothing. */
function livingHolder(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return null;
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}
