import type { Clock } from '../../core/clock.ts';
import type { WorkerProcess } from './worker-process.ts';

interface Question {
  readonly worker: number;
  answer(value: unknown): void;
}

/** Questions to workers that are answered, or not, within a limit. */
export class WorkerQuestions {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #open = new Map<number, Question>();
  #lastId = 0;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** What each worker answers; one that is silent or dies meanwhile is left out. Never rejects. */
  async ask(workers: readonly WorkerProcess[], what: 'status' | 'metrics'): Promise<Map<number, unknown>> {
    const answers = new Map<number, unknown>();
    const asked = workers.map(async (worker) => {
      const value = await this.#ask(worker, what);
      if (value !== undefined) answers.set(worker.id, value);
    });
    await Promise.all(asked);
    return answers;
  }

  answered(id: number, value: unknown): void {
    this.#open.get(id)?.answer(value);
  }

  died(worker: number): void {
    for (const question of [...this.#open.values()]) if (question.worker === worker) question.answer(undefined);
  }

  #ask(worker: WorkerProcess, what: 'status' | 'metrics'): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const answer = (value: unknown): void => {
        timer.cancel();
        this.#open.delete(id);
        resolve(value);
      };
      const timer = this.#clock.setTimer(this.#limitMs, () => answer(undefined));
      this.#open.set(id, { worker: worker.id, answer });
      worker.send({ kind: 'ask', id, what });
    });
  }
}
