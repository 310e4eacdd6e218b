import { execFileSync } from 'node:child_process';
import { installOnDebian } from '../../scripts/debian-install.ts';
import { planServers, type TestServer } from '../../scripts/test-servers.ts';
import { thisMachine } from '../../scripts/this-machine.ts';

/** Programs from Debian's packages; `taskset` is in util-linux, which every Debian has. */
export const PEER_PROGRAMS: readonly TestServer[] = [
  { program: 'nginx', debianPackage: 'nginx-light', service: 'nginx' },
  { program: 'haproxy', debianPackage: 'haproxy', service: 'haproxy' },
  { program: 'caddy', debianPackage: 'caddy', service: 'caddy' },
  { program: 'wrk', debianPackage: 'wrk', service: 'wrk' },
];

/** For `npm run bench:slow`. */
export const SLOW_PROGRAMS: readonly TestServer[] = [
  { program: 'nginx', debianPackage: 'nginx-light', service: 'nginx' },
  { program: 'wrk', debianPackage: 'wrk', service: 'wrk' },
  { program: 'slowhttptest', debianPackage: 'slowhttptest', service: 'slowhttptest' },
];

/** Installs what is missing, without starting a daemon; throws with the command if that cannot be done here. */
export async function installPrograms(programs: readonly TestServer[], say: (line: string) => void): Promise<void> {
  const plan = planServers(thisMachine(), programs);
  if (plan.kind === 'refuse') throw new Error(plan.message.replace('the tests need', 'this benchmark needs'));
  if (plan.kind === 'install')
    await installOnDebian(plan.servers, (line) => say(line.replace('the tests need', 'this benchmark needs')));
}

/** What is compared, in which versions. */
export function peerVersions(): Readonly<Record<string, string>> {
  return {
    nginx: firstLine('nginx', '-v'),
    HAProxy: firstLine('haproxy', '-v'),
    Caddy: firstLine('caddy', 'version'),
    wrk: firstLine('dpkg-query', '-W', 'wrk'),
  };
}

function firstLine(command: string, ...args: readonly string[]): string {
  try {
    const both = execFileSync('sh', ['-c', `${[command, ...args].join(' ')} 2>&1`], { encoding: 'utf8' });
    return both.split('\n')[0]?.trim() ?? '';
  } catch {
    return 'unknown';
  }
}
