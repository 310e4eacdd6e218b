import type { EpochSample } from '../report/drill-record.ts';
import { type ControlLook, runningEpoch } from './control-look.ts';
import type { FollowedStep, OperationFollower } from './operation-follower.ts';

const OPERATIONS_MS = 40;
const EPOCHS_MS = 200;

export interface WorldWatchParts {
  readonly look: ControlLook;
  readonly follower: OperationFollower;
  /** Admin ports by gateway, those that run only. */
  readonly gateways: () => ReadonlyMap<string, number>;
  readonly nowMs: () => number;
  readonly onStep: (step: FollowedStep) => void;
}

/** Looks again and again at operations and at the epochs that gateways run, from the beginning of a drill to its end. */
export class WorldWatch {
  readonly epochs: EpochSample[] = [];
  readonly #parts: WorldWatchParts;
  readonly #known = new Map<string, number>();
  #isStopped = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(parts: WorldWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loops = Promise.all([
      this.#repeat(OPERATIONS_MS, () => this.#lookAtOperations()),
      this.#repeat(EPOCHS_MS, () => this.#lookAtEpochs()),
    ]);
  }

  /** Looks a last time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#loops;
    await this.#lookAtOperations();
    await this.#lookAtEpochs();
  }

  async #repeat(everyMs: number, look: () => Promise<void>): Promise<void> {
    while (!this.#isStopped) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  async #lookAtOperations(): Promise<void> {
    const answer = await this.#parts.look.operations();
    if (answer === null) return;
    for (const step of this.#parts.follower.saw(answer)) this.#parts.onStep(step);
  }

  async #lookAtEpochs(): Promise<void> {
    const { gateways, nowMs } = this.#parts;
    await Promise.all(
      [...gateways()].map(async ([process, port]) => {
        const epoch = await runningEpoch(port);
        if (epoch === null || this.#known.get(process) === epoch) return;
        this.#known.set(process, epoch);
        this.epochs.push({ kind: 'epoch', atMs: nowMs(), process, epoch });
      }),
    );
  }
}
