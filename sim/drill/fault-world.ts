import type { Target } from '../scenario/scenario.ts';

/** What happens to a link; `isOneWay`: only to what goes from the first end to the second. */
export interface LinkTrouble {
  readonly isCut: boolean;
  readonly isOneWay: boolean;
  readonly delayMs: number;
}

/** What faults are done to, by names of processes: a fleet of real ones, or one in virtual time. */
export interface FaultWorld {
  /** Names of the target's processes as they are now. */
  processesOf(target: Target): Promise<readonly string[]>;
  kill(name: string, losesDirectory: boolean): Promise<void>;
  /** Starts what was killed. */
  restart(name: string): Promise<void>;
  pause(name: string): void;
  resume(name: string): void;
  /** Ends it in peace and starts it again, as a version that reads these formats. */
  upgrade(name: string, readsFormats: readonly number[]): Promise<void>;
  /** `to` null: everybody outside of `from`. Returns how to mend it. */
  link(from: readonly string[], to: readonly string[] | null, trouble: LinkTrouble): () => void;
  jump(name: string, byMs: number): void;
}
