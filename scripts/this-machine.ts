import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Machine } from './test-servers.ts';

/** The machine that this process runs on. */
export function thisMachine(environment: Readonly<NodeJS.ProcessEnv> = process.env): Machine {
  const forbidden = environment.LDC_NO_INSTALL ?? '';
  return {
    isRoot: process.getuid?.() === 0,
    distribution: distributionId(),
    mayInstall: forbidden === '' || forbidden === '0',
    hasProgram: (program) => isOnPath(program, environment.PATH ?? ''),
  };
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function distributionId(): string {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^ID="?([a-z0-9._-]+)"?$/m.exec(release)?.[1] ?? '';
  } catch {
    return '';
  }
}
