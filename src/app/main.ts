import { parseArgs } from 'node:util';
import { CodedError, ERRORS } from '../errors.ts';
import { endWithParent } from './process-life.ts';
import { isWorkerCount, MOST_WORKERS, WORKER_COMMAND } from './workers-config.ts';

/** `workers`: of the command line, in place of the configuration's. */
type Program = (configFile: string, workers?: number) => Promise<void>;

/** Loaded only when run: a command of the CLI should not wait for the gateway's modules. */
const PROGRAMS: Readonly<Record<string, () => Promise<Program>>> = {
  gateway: async () => (await import('./gateway-program.ts')).runGateway,
  control: async () => (await import('./control-program.ts')).runControl,
  cells: async () => (await import('./cells-program.ts')).runCells,
};

/** Exit code of what could not start, and of a wrong command line (docs/cli.md). */
const FAILED = 1;
const USAGE = 2;

/** Runs `ldc ARGS`. Long-running programs return once they serve; commands end with their exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const [command = '', ...rest] = args;
  try {
    if (command === WORKER_COMMAND) (await import('./workers/worker-program.ts')).runWorker();
    else if (command === 'fleet') await (await import('./fleet/fleet-program.ts')).runFleet(rest);
    else if (command in PROGRAMS) await runProgram(command, rest);
    else process.exitCode = await runCommand(args);
  } catch (error) {
    process.stderr.write(`ldc ${command}: ${inWords(error)}\n`);
    process.exit(error instanceof CodedError && error.code === 'CLI_USAGE' ? USAGE : FAILED);
  }
}

async function runProgram(command: string, args: readonly string[]): Promise<void> {
  const own = command === 'gateway' ? ' [--workers N]' : '';
  const usage = `ldc ${command} --config FILE${own} (docs/configuration.md has every setting)`;
  const { config, workers, help } = readArguments(command, args);
  if (help === true) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  if (config === undefined) throw new CodedError('CLI_USAGE', `--config is missing: ${usage}`);
  endWithParent();
  const program = await PROGRAMS[command]?.();
  await program?.(config, workers);
}

interface ProgramArguments {
  readonly config?: string | undefined;
  readonly workers?: number | undefined;
  readonly help?: boolean | undefined;
}

function readArguments(command: string, args: readonly string[]): ProgramArguments {
  const text = { type: 'string' } as const;
  try {
    const options = { config: text, workers: text, help: { type: 'boolean' } } as const;
    const { config, workers, help } = parseArgs({ args: [...args], options }).values;
    if (workers !== undefined && command !== 'gateway') throw new Error("Unknown option '--workers'");
    return { config, help, workers: workers === undefined ? undefined : workerCount(workers) };
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw new CodedError('CLI_USAGE', `${(error as Error).message}; see ldc ${command} --help`, { cause: error });
  }
}

function workerCount(text: string): number {
  if (isWorkerCount(Number(text))) return Number(text);
  throw new CodedError(
    'CLI_USAGE',
    `--workers is ${JSON.stringify(text)}, must be a whole number from 1 to ${MOST_WORKERS}`,
  );
}

async function runCommand(args: readonly string[]): Promise<number> {
  const [{ runCli }, { systemCliEnvironment }, { VERSION }] = await Promise.all([
    import('../cli/run-cli.ts'),
    import('./cli-environment.ts'),
    import('./version.ts'),
  ]);
  return runCli(args, systemCliEnvironment(VERSION));
}

function inWords(error: unknown): string {
  if (error instanceof CodedError) return `${error.detail}\n  (${error.code}: ${ERRORS[error.code].next})`;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  // A system error such as a port that is taken is the user's to solve; anything else is a bug, and its stack helps.
  return code !== undefined ? message : (stack ?? message);
}
