import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** invoke-rc.d asks this program before it starts a daemon; 101 is "not allowed" (Debian Policy, policy-rc.d interface). */
export const POLICY_FILE = '/usr/sbin/policy-rc.d';

const MARK = 'placed by `npm test` of ldc-gateway for the time of one installation, process';

export interface StartBan {
  /** False: a policy of somebody else is there, and it alone decides. */
  readonly isOurs: boolean;
  lift(): void;
}

/**
 * Forbids package scripts to start daemons until `lift` or the end of this process. Never touches a policy that is there,
 * except one of ours whose process was killed.
 */
export function banStarts(file: string = POLICY_FILE): StartBan {
  removeOrphan(file);
  try {
    writeFileSync(file, `#!/bin/sh\n# ${MARK} ${process.pid}\nexit 101\n`, { flag: 'wx', mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { isOurs: false, lift: () => undefined };
  }
  const remove = (): void => rmSync(file, { force: true });
  process.on('exit', remove);
  const lift = (): void => {
    remove();
    process.off('exit', remove);
  };
  return { isOurs: true, lift };
}

function removeOrphan(file: string): void {
  const pid = Number(readText(file).split(`${MARK} `)[1]?.split('\n')[0]);
  if (Number.isInteger(pid) && !isAlive(pid)) rmSync(file, { force: true });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
