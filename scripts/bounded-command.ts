import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly isOk: boolean;
  /** Standard output and error together, the last 20,000 characters. */
  readonly output: string;
}

const KEPT_CHARACTERS = 20_000;
/** After its limit a command is asked to end, and killed if it does not within this time. */
const GRACE_MS = 10_000;

export interface CommandBounds {
  readonly limitMs: number;
  /** Asks the program to end; the result comes when it has. */
  readonly signal?: AbortSignal;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly directory?: string;
}

/** Runs a program to its end, or to a bound; never throws. Its output is kept, not shown. */
export function boundedCommand(
  command: string,
  args: readonly string[],
  { limitMs, signal, environment, directory }: CommandBounds,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: directory });
    let output = '';
    const keep = (text: string): void => {
      output = (output + text).slice(-KEPT_CHARACTERS);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    let killer: NodeJS.Timeout | undefined;
    const end = (why: string): void => {
      keep(`\n${command}: ${why}\n`);
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    const limit = setTimeout(() => end(`no result after ${limitMs / 1000} s`), limitMs);
    const interrupt = (): void => end('interrupted');
    signal?.addEventListener('abort', interrupt, { once: true });
    const settle = (isOk: boolean): void => {
      clearTimeout(limit);
      clearTimeout(killer);
      signal?.removeEventListener('abort', interrupt);
      resolve({ isOk: isOk && signal?.aborted !== true, output });
    };
    if (signal?.aborted === true) interrupt();
    child.once('error', (error) => {
      keep(error.message);
      settle(false);
    });
    // `exit`, not `close`: what the program left behind may hold the pipes open.
    child.once('exit', (code) => settle(code === 0));
  });
}
