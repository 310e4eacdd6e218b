import { CodedError } from '../src/errors.ts';
import { drillCommand } from './drill/drill-command.ts';
import { runExhaustive } from './exhaustive/run-exhaustive.ts';

const SIM_USAGE = `ldc sim exhaustive [--small]: searches every order of events in small worlds

Runs the real operation machine, table transactions and guards, and the model of witnesses. Exit code 0: no sentence was broken; 1: one
was, and the shortest way to it is printed. Takes minutes and about 4 GB; --small takes half a minute.`;

const [PASSED, FAILED, USAGE] = [0, 1, 2] as const;

/** Runs `ldc sim ARGS` and `ldc drill ARGS`; sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const [command = '', ...rest] = args;
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    process.exitCode = command === 'drill' ? await drill(rest, print) : search(rest, print);
  } catch (error) {
    const isUsage = error instanceof CodedError && error.code === 'CLI_USAGE';
    process.stderr.write(`ldc ${command}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = isUsage ? USAGE : FAILED;
  }
}

async function drill(args: readonly string[], print: (line: string) => void): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    return await drillCommand(args, { print, signal: interruption.signal });
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

function search(args: readonly string[], print: (line: string) => void): number {
  const [what, ...options] = args;
  if (what === '--help' || what === undefined) {
    print(SIM_USAGE);
    return what === undefined ? USAGE : PASSED;
  }
  const unknown = what === 'exhaustive' ? options.find((option) => option !== '--small') : what;
  if (unknown !== undefined) throw new CodedError('CLI_USAGE', `unknown: ${unknown}; see ldc sim --help`);
  return runExhaustive(options.includes('--small'), () => performance.now(), print) ? PASSED : FAILED;
}
