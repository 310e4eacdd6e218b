/** A program that tests run as a child process, and the Debian package that has it. */
export interface TestServer {
  readonly program: string;
  /** Programs that do as well where `program` is not there. */
  readonly also?: readonly string[];
  readonly debianPackage: string;
  /** Debian's name of the daemon that the package would start; null: it has none. */
  readonly service: string | null;
}

/** Pages are looked at in it. The shell alone, because a whole Chromium brings a desktop's libraries: 233 MB instead of 170 on an empty Debian 12. */
export const TEST_BROWSER: TestServer = {
  program: 'chromium-headless-shell',
  also: ['chromium', 'chromium-browser', 'google-chrome'],
  debianPackage: 'chromium-headless-shell',
  service: null,
};

export const TEST_SERVERS: readonly TestServer[] = [
  { program: 'etcd', debianPackage: 'etcd-server', service: 'etcd' },
  { program: 'redis-server', debianPackage: 'redis-server', service: 'redis-server' },
  TEST_BROWSER,
];

/** What is known of the machine; a value, so that the plan can be tested for machines that are not this one. */
export interface Machine {
  readonly isRoot: boolean;
  /** `ID` of /etc/os-release: `debian`. */
  readonly distribution: string;
  readonly mayInstall: boolean;
  hasProgram(program: string): boolean;
}

export type ServerPlan =
  | { readonly kind: 'ready' }
  | { readonly kind: 'install'; readonly servers: readonly TestServer[] }
  /** Somebody has to do it by hand; `message` has the command. */
  | { readonly kind: 'refuse'; readonly message: string };

/** What has to happen before tests can run here. */
export function planServers(machine: Machine, servers: readonly TestServer[] = TEST_SERVERS): ServerPlan {
  const missing = servers.filter(
    ({ program, also = [] }) => ![program, ...also].some((name) => machine.hasProgram(name)),
  );
  if (missing.length === 0) return { kind: 'ready' };
  const reason = whyNotHere(machine);
  if (reason === null) return { kind: 'install', servers: missing };
  return { kind: 'refuse', message: byHand(missing, reason) };
}

function whyNotHere({ mayInstall, distribution, isRoot }: Machine): string | null {
  if (!mayInstall) return 'LDC_NO_INSTALL is set, so nothing is installed';
  if (distribution !== 'debian') return `this is not Debian (${distribution || 'unknown'}), so nothing is installed`;
  if (!isRoot) return 'this is not root, so nothing is installed';
  return null;
}

function byHand(missing: readonly TestServer[], reason: string): string {
  const programs = missing.map((server) => server.program).join(' and ');
  const packages = missing.map((server) => server.debianPackage).join(' ');
  const sudo = 'sudo apt-get update && sudo apt-get install -y --no-install-recommends';
  return [
    `the tests need ${programs} on the PATH, and ${reason}. On Debian or Ubuntu run`,
    `  ${sudo} ${packages}`,
    'elsewhere install etcd 3.4 or newer, Redis 6 or newer and Chromium; tests start their own, so no daemon has to run.',
  ].join('\n');
}
