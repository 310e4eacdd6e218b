import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boundedCommand } from '../../scripts/bounded-command.ts';
import { RunningFleet } from './running-fleet.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NPM_LIMIT_MS = 120_000;
const COMMAND_LIMIT_MS = 60_000;

/** The package as a user gets it: packed, and installed in a project of its own outside of the repository. */
export class InstalledPackage {
  /** The project that has it as a dependency. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async install(): Promise<InstalledPackage> {
    const directory = await mkdtemp(join(tmpdir(), 'ldc-package-'));
    const installed = new InstalledPackage(directory);
    try {
      await mkdir(join(directory, 'tarball'));
      await writeFile(join(directory, 'package.json'), '{ "name": "a-user", "private": true, "type": "module" }');
      await npm(ROOT, ['pack', '--pack-destination', join(directory, 'tarball')]);
      const options = ['--prefer-offline', '--no-audit', '--no-fund', '--omit=dev'];
      await npm(directory, ['install', ...options, join(directory, 'tarball', `ldc-gateway-${await version()}.tgz`)]);
      return installed;
    } catch (error) {
      await installed.remove();
      throw error;
    }
  }

  /** The root of the package itself. */
  get root(): string {
    return join(this.directory, 'node_modules/ldc-gateway');
  }

  /** Standard output and error of `ldc ARGS`; throws if it fails. */
  ldc(...args: readonly string[]): Promise<string> {
    return this.run(join(this.directory, 'node_modules/.bin/ldc'), args);
  }

  /** Runs a program in the project's directory; throws with what it printed if it fails. */
  async run(program: string, args: readonly string[]): Promise<string> {
    const bounds = { limitMs: COMMAND_LIMIT_MS, directory: this.directory, environment: ENVIRONMENT };
    const { isOk, output } = await boundedCommand(program, args, bounds);
    if (!isOk) throw new Error(`${program} ${args.join(' ')} failed:\n${output}`);
    return output;
  }

  /** A fleet of the installed package that is ready. */
  fleet(): Promise<RunningFleet> {
    const program = [join(this.directory, 'node_modules/.bin/ldc')] as [string];
    return RunningFleet.start({ program, workingDirectory: this.directory, environment: ENVIRONMENT });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** As in a terminal of the user: without what `npm test` sets for the repository, and with the Node that tests run on. */
const ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) =>
        /^(npm_(package|lifecycle|config_local_prefix|command|node|execpath)|INIT_CWD|NODE_TEST)/.test(name),
      )
      .map((name) => [name, undefined]),
  ),
  PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
};

async function npm(directory: string, args: readonly string[]): Promise<void> {
  const bounds = { limitMs: NPM_LIMIT_MS, directory, environment: ENVIRONMENT };
  const { isOk, output } = await boundedCommand('npm', args, bounds);
  if (!isOk) throw new Error(`npm ${args.join(' ')} failed:\n${output}`);
}

async function version(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}
