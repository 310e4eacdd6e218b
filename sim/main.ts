import { CodedError, ERRORS } from '../src/errors.ts';

const SIM_USAGE = `ldc sim COMMAND: the simulator (sim/README.md)

  run          many seeds: one fleet each, in virtual time, with faults, checked against docs/ownership-protocol.md
  replay SEED  one seed again, as a time line
  exhaustive   every order of events in small worlds

ldc sim COMMAND --help says more. Exit code 0: nothing was violated; 1: something was; 2: a mistake in the command.`;

const [PASSED, FAILED, USAGE] = [0, 1, 2] as const;

type Command = (args: readonly string[], write: (text: string) => void, signal: AbortSignal) => Promise<number>;

/** Loaded when they are run: each of them brings a good part of the product along. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  drill: async () => {
    const { drillCommand } = await import('./drill/drill-command.ts');
    return (args, write, signal) => drillCommand(args, { print: (line) => write(`${line}\n`), signal });
  },
  'sim run': async () => (await import('./run/run-command.ts')).runCommand,
  'sim replay': async () => (await import('./run/replay-command.ts')).replayCommand,
  'sim exhaustive': async () => (await import('./exhaustive/exhaustive-command.ts')).exhaustiveCommand,
};

/** Runs `ldc sim ARGS` and `ldc drill ARGS`; sets the process's exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const isSim = args[0] === 'sim';
  const name = args.slice(0, isSim ? 2 : 1).join(' ');
  const write = (text: string): void => void process.stdout.write(text);
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    const command = COMMANDS[name];
    if (command !== undefined)
      process.exitCode = await (await command())(args.slice(isSim ? 2 : 1), write, interruption.signal);
    else process.exitCode = usage(args[1], write);
  } catch (error) {
    process.stderr.write(`ldc ${name}: ${inWords(error)}\n`);
    process.exitCode = error instanceof CodedError && error.code === 'CLI_USAGE' ? USAGE : FAILED;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

function usage(command: string | undefined, write: (text: string) => void): number {
  if (command !== undefined && command !== '--help')
    throw new CodedError('CLI_USAGE', `unknown: ${command}\n\n${SIM_USAGE}`);
  write(`${SIM_USAGE}\n`);
  return command === undefined ? USAGE : PASSED;
}

function inWords(error: unknown): string {
  if (error instanceof CodedError) return `${error.detail}\n  (${error.code}: ${ERRORS[error.code].next})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
