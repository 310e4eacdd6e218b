/** How a gateway's workers are kept; settings `workers.*` of its configuration, and `--workers N` for their number. */
export interface WorkersConfig {
  /** Processes that serve connections, at most 64; 0: one process does everything. */
  readonly count: number;
  /** How long a worker may take until it serves, ms. */
  readonly startMs: number;
  /** A worker that was asked for so long and said nothing is killed, ms. */
  readonly silentMs: number;
  /** First and longest pause before a worker that ended by itself is started again, ms. */
  readonly restartMinMs: number;
  readonly restartMaxMs: number;
  /** Accepted connections that wait for a worker, at most; and how long, ms. */
  readonly maxWaiting: number;
  readonly waitMs: number;
}

export const DEFAULT_WORKERS_CONFIG: WorkersConfig = Object.freeze({
  count: 0,
  startMs: 60_000,
  silentMs: 10_000,
  restartMinMs: 100,
  restartMaxMs: 5_000,
  maxWaiting: 1_000,
  waitMs: 10_000,
});

export const MOST_WORKERS = 64;

/** A count of workers, as the command line has it. */
export const isWorkerCount = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= MOST_WORKERS;

/** The command of the program that a worker is; nobody types it. */
export const WORKER_COMMAND = 'gateway-worker';
