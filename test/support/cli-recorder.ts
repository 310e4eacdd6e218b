import { systemCliEnvironment } from '../../src/app/cli-environment.ts';
import type { CliEnvironment, FileReading, TextOutput } from '../../src/cli/cli-environment.ts';
import { runCli } from '../../src/cli/run-cli.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was asked. */
  readonly questions: readonly string[];
}

export interface CliWorld {
  /** Files by name, instead of the disk's. */
  readonly files?: Readonly<Record<string, string | FileReading>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** The person's answer; left out: there is no person. */
  readonly answer?: string | null;
  readonly over?: Partial<CliEnvironment>;
  /** Standard output as it comes. */
  readonly onText?: (text: string) => void;
}

/** Runs `ldc ARGS` in this process with real HTTP calls, and keeps what it prints. */
export async function ldc(args: readonly string[], world: CliWorld = {}): Promise<CliRun> {
  const stdout = new Recording(world);
  const stderr = new Recording(world);
  const questions: string[] = [];
  let ids = 0;
  const env: CliEnvironment = {
    ...systemCliEnvironment('0.1.0'),
    stdout,
    stderr,
    variables: world.variables ?? {},
    isInteractive: world.answer !== undefined,
    ask: async (question) => {
      questions.push(question);
      return world.answer ?? null;
    },
    readFile: async (path) => {
      const file = world.files?.[path];
      if (file === undefined) return { kind: 'missing' };
      return typeof file === 'string'
        ? { kind: 'read', bytes: new TextEncoder().encode(file), othersMay: false }
        : file;
    },
    randomId: () => {
      ids += 1;
      return `test-call-${process.hrtime.bigint()}-${ids}`;
    },
    ...world.over,
  };
  const exitCode = await runCli(args, env);
  return { exitCode, stdout: stdout.text, stderr: stderr.text, questions };
}

class Recording implements TextOutput {
  text = '';
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly #onText: (text: string) => void;

  constructor({ isTerminal = false, columns = 80, onText = () => {} }: CliWorld) {
    this.#onText = onText;
    this.isTerminal = isTerminal;
    this.columns = columns;
  }

  write(text: string): void {
    this.text += text;
    this.#onText(text);
  }
}
