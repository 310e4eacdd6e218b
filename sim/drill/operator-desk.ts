import type { CommandSample } from '../report/drill-record.ts';
import type { OperatorCommand } from '../scenario/operator-command.ts';
import type { OperatorOutcome } from '../scenario/scenario.ts';
import { type After, machineAfter } from './drill-timer.ts';

/** How a command ended: exit code (null: it was killed) and what it printed. */
export interface CommandEnd {
  readonly code: number | null;
  readonly output: string;
}

export interface OperatorDeskParts {
  /** Carries a command out; never rejects. */
  readonly run: (command: OperatorCommand) => Promise<CommandEnd>;
  /** Ends those that run. */
  readonly killNow: () => void;
  readonly nowMs: () => number;
  /** Default: the machine's. */
  readonly after?: After;
}

/** Types an operator's commands and notes how each ended. */
export class OperatorDesk {
  readonly samples: CommandSample[] = [];
  readonly #parts: OperatorDeskParts;
  readonly #open = new Set<Promise<void>>();

  constructor(parts: OperatorDeskParts) {
    this.#parts = parts;
  }

  /** Commands that run. */
  get underway(): number {
    return this.#open.size;
  }

  /** Runs beside what else happens; its end becomes a sample. */
  type(command: OperatorCommand, expected: OperatorOutcome): void {
    const call = this.#run(command, expected);
    this.#open.add(call);
    void call.finally(() => this.#open.delete(call));
  }

  /** Waits for the commands that run; after `limitMs` they are killed, and have failed. */
  async settle(limitMs: number): Promise<void> {
    const { after = machineAfter } = this.#parts;
    const cancel = after(limitMs, () => this.killNow());
    await Promise.all(this.#open);
    cancel();
  }

  killNow(): void {
    this.#parts.killNow();
  }

  async #run(command: OperatorCommand, expected: OperatorOutcome): Promise<void> {
    const { nowMs, run } = this.#parts;
    const atMs = nowMs();
    const outcome = outcomeOf(await run(command));
    const asExpected = expected === 'any' || outcome.split(':')[0] === expected;
    const text = `ldc ${command.text}`;
    this.samples.push({ kind: 'command', atMs, endedMs: nowMs(), text, outcome, expected, asExpected });
  }
}

/** By the exit codes of docs/cli.md. */
function outcomeOf({ code, output }: CommandEnd): string {
  const last = output.trim().split('\n').slice(-4).join(' ');
  if (code === 0) return 'done';
  if (code === 7) return `aborted: ${last}`;
  if (code === 1 || code === 4) return `refused: ${last}`;
  return `exit code ${code ?? 'none (killed)'}: ${last}`;
}
