import { spawn } from 'node:child_process';
import type { OperatorCommand } from '../scenario/operator-command.ts';
import type { CommandEnd } from './operator-desk.ts';

/** Longer than any operation of a drill. */
const COMMAND_LIMIT_MS = 120_000;
const MOST_OUTPUT = 4_000;

export interface LiveOperatorParts {
  readonly program: string;
  /** Directory with `operator.json`. */
  readonly directory: string;
  readonly scenario: string;
  /** Path of a ruleset under `rules/`. */
  readonly rulesFile: (rules: string) => string;
  readonly operationId: (operation: number) => string | null;
}

/** Runs the real `ldc`. Adapter: starts processes. */
export class LiveOperator {
  readonly #parts: LiveOperatorParts;
  readonly #kills = new Set<() => void>();

  constructor(parts: LiveOperatorParts) {
    this.#parts = parts;
  }

  async run(command: OperatorCommand): Promise<CommandEnd> {
    const args = this.#argumentsOf(command);
    return typeof args === 'string' ? { code: null, output: args } : this.#spawn(args);
  }

  killNow(): void {
    for (const kill of this.#kills) kill();
  }

  #argumentsOf({ text, wish }: OperatorCommand): readonly string[] | string {
    const reason = ['--reason', `drill ${this.#parts.scenario}`];
    const dir = ['--dir', this.#parts.directory];
    if (wish.kind === 'start') return [...text.split(/\s+/), '--yes', ...reason, ...dir];
    if (wish.kind === 'apply') return ['rules', 'apply', this.#parts.rulesFile(wish.rules), '--yes', ...reason, ...dir];
    if (wish.kind === 'freezeAll') return ['freeze-all', wish.on ? 'on' : 'off', ...reason, ...dir];
    const id = this.#parts.operationId(wish.operation);
    if (id === null) return `operation ${wish.operation} was not started`;
    return wish.kind === 'abort'
      ? ['abort', id, ...reason, ...dir]
      : ['accept-data-loss', id, '--yes', ...reason, ...dir];
  }

  #spawn(args: readonly string[]): Promise<CommandEnd> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [this.#parts.program, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          output = (output + text).slice(-MOST_OUTPUT);
        });
      const kill = (): void => void child.kill('SIGKILL');
      this.#kills.add(kill);
      const killer = setTimeout(kill, COMMAND_LIMIT_MS);
      child.once('error', (error) => {
        output += error.message;
      });
      child.once('close', (code) => {
        clearTimeout(killer);
        this.#kills.delete(kill);
        resolve({ code, output });
      });
    });
  }
}
