import { boundedCommand, type CommandResult } from './bounded-command.ts';
import { Interruption } from './interruption.ts';
import { banStarts, POLICY_FILE } from './start-ban.ts';
import type { TestServer } from './test-servers.ts';

const UPDATE_LIMIT_MS = 180_000;
const INSTALL_LIMIT_MS = 420_000;
const STOP_LIMIT_MS = 30_000;

/** Seconds that apt waits for another apt, and for a server that does not answer. */
const APT_OPTIONS = [
  '-o',
  'DPkg::Lock::Timeout=120',
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=30',
  '-o',
  'Acquire::https::Timeout=30',
];
const QUIET = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/**
 * Installs the packages of these servers without starting their daemons; says first what it does. Throws with apt's own
 * words if that fails. `policyFile` is another one in tests only.
 */
export async function installOnDebian(
  servers: readonly TestServer[],
  say: (line: string) => void,
  policyFile: string = POLICY_FILE,
): Promise<void> {
  const packages = servers.map((server) => server.debianPackage);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  say(`the tests need ${packages.join(' and ')}, which is not installed. Installing, without starting any daemon:`);
  say(`  apt-get ${install.join(' ')}`);
  say('  (LDC_NO_INSTALL=1 forbids this)');
  const interruption = new Interruption();
  const ban = banStarts(policyFile);
  try {
    await updateThenInstall(install, packages, { say, signal: interruption.signal });
    // Under somebody else's policy the daemon may have been started: it is new here, so nobody misses it.
    const services = servers.flatMap(({ service }) => (service === null ? [] : [service]));
    if (!ban.isOurs) await Promise.all(services.map(stopService));
  } finally {
    // Only now: as long as apt runs, its scripts must find the ban.
    ban.lift();
    interruption.end();
  }
}

interface Installation {
  readonly signal: AbortSignal;
  say(line: string): void;
}

async function updateThenInstall(
  install: readonly string[],
  packages: readonly string[],
  { say, signal }: Installation,
): Promise<void> {
  // The lists of a fresh machine are empty, those of an old one may name files that are gone.
  let isFresh = false;
  const update = async (why: string): Promise<void> => {
    say(`  apt-get update (${why})`);
    check('apt-get update', await apt(['update'], UPDATE_LIMIT_MS, signal));
    isFresh = true;
  };
  if (!(await areKnown(packages))) await update('the package lists do not have them');
  const first = await apt(install, INSTALL_LIMIT_MS, signal);
  if (first.isOk) return;
  if (isFresh || signal.aborted) check(`apt-get ${install.join(' ')}`, first);
  await update('the first attempt failed');
  check(`apt-get ${install.join(' ')}`, await apt(install, INSTALL_LIMIT_MS, signal));
}

async function areKnown(packages: readonly string[]): Promise<boolean> {
  const bounds = { limitMs: STOP_LIMIT_MS, environment: QUIET };
  const { isOk, output } = await boundedCommand('apt-cache', ['policy', ...packages], bounds);
  const known = output.split('\n').filter((line) => /^\s*Candidate: (?!\(none\))/.test(line));
  return isOk && known.length === packages.length;
}

function apt(args: readonly string[], limitMs: number, signal: AbortSignal): Promise<CommandResult> {
  return boundedCommand('apt-get', [...APT_OPTIONS, '-q', ...args], { limitMs, signal, environment: QUIET });
}

async function stopService(service: string): Promise<void> {
  await boundedCommand('invoke-rc.d', [service, 'stop'], { limitMs: STOP_LIMIT_MS, environment: QUIET });
}

function check(what: string, { isOk, output }: CommandResult): void {
  if (!isOk)
    throw new Error(`${what} failed:\n${output.trimEnd()}\nRun it by hand to see more, then start the tests again.`);
}
