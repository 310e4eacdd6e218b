import type { OperationView } from '../control/api-types.ts';
import type { CliEnvironment } from './cli-environment.ts';
import { fit, wrap } from './text/columns.ts';
import type { Paint } from './text/paint.ts';
import { endedStepLines, presentStepLines, stepsOf } from './text/progress-text.ts';

/** Where the steps of an operation are shown while it goes on. */
export interface ProgressDisplay {
  show(view: OperationView): void;
  /** No control node tells anything now, and why; null: one does again. */
  trouble(detail: string | null): void;
  /** Time has passed. */
  tick(): void;
  /** Others want to write: leaves what stands where it is. */
  settle(): void;
}

/** Redrawn in place on a terminal that can, else a line per step, and nothing where JSON is wanted. */
export function progressDisplay(env: CliEnvironment, paint: Paint, isQuiet: boolean): ProgressDisplay {
  if (isQuiet) return { show: () => {}, trouble: () => {}, tick: () => {}, settle: () => {} };
  const canRedraw = env.stdout.isTerminal && env.variables.TERM !== 'dumb';
  return canRedraw ? new RedrawnProgress(env, paint) : new ProgressLines(env, paint);
}

/** Since when the present step is being watched, by the watcher's own clock: the control node's may be another. */
class StepWatch {
  readonly #env: CliEnvironment;
  #steps = -1;
  #from = 0;

  constructor(env: CliEnvironment) {
    this.#env = env;
  }

  /** Null: the step began before it was watched. */
  elapsedMs({ steps }: OperationView): number | null {
    if (steps.length !== this.#steps) {
      this.#from = this.#steps < 0 && steps.length > 1 ? Number.NaN : this.#env.monotonicMs();
      this.#steps = steps.length;
    }
    return Number.isNaN(this.#from) ? null : this.#env.monotonicMs() - this.#from;
  }
}

class RedrawnProgress implements ProgressDisplay {
  readonly #env: CliEnvironment;
  readonly #paint: Paint;
  readonly #watch: StepWatch;
  #view: OperationView | null = null;
  #trouble: string | null = null;
  /** Lines that stand below the place where drawing began. */
  #drawn = 0;

  constructor(env: CliEnvironment, paint: Paint) {
    this.#env = env;
    this.#paint = paint;
    this.#watch = new StepWatch(env);
  }

  show(view: OperationView): void {
    this.#view = view;
    this.#draw();
  }

  trouble(detail: string | null): void {
    this.#trouble = detail;
    this.#draw();
  }

  tick(): void {
    this.#draw();
  }

  settle(): void {
    this.#drawn = 0;
    this.#view = null;
    this.#trouble = null;
  }

  #draw(): void {
    if (this.#view === null) return;
    const { stdout } = this.#env;
    const lines = this.#lines(this.#view, stdout.columns);
    const up = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A`;
    stdout.write(`${up}\r\x1b[J${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  #lines(view: OperationView, width: number): string[] {
    const ended = stepsOf(view).filter(({ endedAt }) => endedAt !== null);
    const elapsedMs = this.#watch.elapsedMs(view);
    return [
      ...ended.flatMap((step) => endedStepLines(step, this.#paint, width)),
      ...presentStepLines(view, elapsedMs, this.#paint, width),
      ...(this.#trouble === null ? [] : [this.#paint.bad(fit(`  no news: ${this.#trouble}; asking again`, width))]),
    ];
  }
}

/** A present step shorter than this needs no line of its own before it has ended. */
const PATIENCE_MS = 1_000;
const REPEAT_MS = 5_000;

class ProgressLines implements ProgressDisplay {
  readonly #env: CliEnvironment;
  readonly #paint: Paint;
  readonly #watch: StepWatch;
  #view: OperationView | null = null;
  #told = 0;
  #waiting = '';
  #waitingAt = Number.NEGATIVE_INFINITY;
  #isTroubled = false;

  constructor(env: CliEnvironment, paint: Paint) {
    this.#env = env;
    this.#paint = paint;
    this.#watch = new StepWatch(env);
  }

  show(view: OperationView): void {
    this.#view = view;
    this.#isTroubled = false;
    this.#watch.elapsedMs(view);
    const ended = stepsOf(view).filter(({ endedAt }) => endedAt !== null);
    for (const step of ended.slice(this.#told)) this.#write(endedStepLines(step, this.#paint, this.#width));
    if (ended.length > this.#told) this.#waitingAt = Number.NEGATIVE_INFINITY;
    this.#told = Math.max(this.#told, ended.length);
  }

  trouble(detail: string | null): void {
    if (detail !== null && !this.#isTroubled)
      this.#write(wrap(`  no news: ${detail}; asking again`, this.#width, '  '));
    this.#isTroubled = detail !== null;
  }

  /** What a long step waits for: once, and again when it has changed, but not all the time. */
  tick(): void {
    if (this.#view === null) return;
    const elapsedMs = this.#watch.elapsedMs(this.#view);
    if (elapsedMs !== null && elapsedMs < PATIENCE_MS) return;
    const lines = presentStepLines(this.#view, null, this.#paint, this.#width);
    const waiting = lines.join('\n');
    const now = this.#env.monotonicMs();
    if (waiting === '' || waiting === this.#waiting || now - this.#waitingAt < REPEAT_MS) return;
    this.#waiting = waiting;
    this.#waitingAt = now;
    this.#write(lines);
  }

  settle(): void {
    this.#view = null;
  }

  get #width(): number {
    return this.#env.stdout.columns;
  }

  #write(lines: readonly string[]): void {
    this.#env.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
}
