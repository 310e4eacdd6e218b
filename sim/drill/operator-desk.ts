import { spawn } from 'node:child_process';
import type { CommandSample } from '../report/drill-record.ts';
import type { OperatorCommand } from '../scenario/operator-command.ts';
import type { OperatorOutcome } from '../scenario/scenario.ts';

/** Longer than any operation of a drill. */
const COMMAND_LIMIT_MS = 120_000;
const MOST_OUTPUT = 4_000;

export interface OperatorDeskParts {
  readonly program: string;
  /** Directory with `operator.json`. */
  readonly directory: string;
  readonly scenario: string;
  /** Path of a ruleset under `rules/`. */
  readonly rulesFile: (rules: string) => string;
  readonly operationId: (operation: number) => string | null;
  readonly nowMs: () => number;
}

/** Types an operator's commands: runs the real `ldc`. Adapter: starts processes. */
export class OperatorDesk {
  readonly samples: CommandSample[] = [];
  readonly #parts: OperatorDeskParts;
  readonly #open = new Set<Promise<void>>();
  readonly #kills = new Set<() => void>();

  constructor(parts: OperatorDeskParts) {
    this.#parts = parts;
  }

  /** Runs beside what else happens; its end becomes a sample. */
  type(command: OperatorCommand, expected: OperatorOutcome): void {
    const call = this.#run(command, expected);
    this.#open.add(call);
    void call.finally(() => this.#open.delete(call));
  }

  /** Waits for the commands that run; after `limitMs` they are killed, and have failed. */
  async settle(limitMs: number): Promise<void> {
    const killer = setTimeout(() => this.killNow(), limitMs);
    await Promise.all(this.#open);
    clearTimeout(killer);
  }

  killNow(): void {
    for (const kill of this.#kills) kill();
  }

  async #run(command: OperatorCommand, expected: OperatorOutcome): Promise<void> {
    const { nowMs } = this.#parts;
    const atMs = nowMs();
    const args = this.#argumentsOf(command);
    const end = typeof args === 'string' ? { code: null, output: args } : await this.#spawn(args);
    const outcome = outcomeOf(end);
    const asExpected = expected === 'any' || outcome.split(':')[0] === expected;
    this.samples.push({
      kind: 'command',
      atMs,
      endedMs: nowMs(),
      text: `ldc ${command.text}`,
      outcome,
      expected,
      asExpected,
    });
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

  #spawn(args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
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

/** By the exit codes of docs/cli.md. */
function outcomeOf({ code, output }: { readonly code: number | null; readonly output: string }): string {
  const last = output.trim().split('\n').slice(-4).join(' ');
  if (code === 0) return 'done';
  if (code === 7) return `aborted: ${last}`;
  if (code === 1 || code === 4) return `refused: ${last}`;
  return `exit code ${code ?? 'none (killed)'}: ${last}`;
}
