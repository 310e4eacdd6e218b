import { CodedError } from '../errors.ts';

/** Every bound of a store: durations in milliseconds, sizes in bytes, all of them whole numbers. */
export interface StoreSettings {
  /** Limit of one `read`; default 2,000. */
  readonly readMs: number;
  /** Limit of one `transact`; default 5,000. */
  readonly transactMs: number;
  /** Limit of one `snapshot` with all its pages and restarts; default 10,000. */
  readonly snapshotMs: number;
  /** Embedded: limit of `close`; a thread that has not ended by then is cut off; default 2,000. */
  readonly closeMs: number;
  /** Most bytes of keys and values that one snapshot may hold; default 64 MiB. */
  readonly snapshotBytes: number;
  /** Most calls of one store that may wait at once; one more fails with STORE_OVERLOADED; default 1,024. */
  readonly maxPending: number;
  /** Most keys that one hint names; more become `lagged`; default 1,000. */
  readonly maxHintKeys: number;
  /** How often a watch says `lagged` although nothing is known to be missed; default 30,000. */
  readonly reconcileMs: number;
  /** etcd: limit of one member's answer to a read before another member is asked; default 700. */
  readonly attemptMs: number;
  /** etcd: a watch stream that is silent for this long (progress is asked for) is left for another member; default 5,000. */
  readonly watchdogMs: number;
  /** etcd: first and longest pause before a watch connects again; defaults 50 and 2,000. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** Embedded: how often another process's change is looked for where the file system gives no sign; default 250. */
  readonly changePollMs: number;
  /** Embedded: how many transactions the log of changed keys goes back; a watcher further behind gets `lagged`; default 1,024. */
  readonly changeLogLength: number;
}

const DEFAULTS: StoreSettings = {
  readMs: 2_000,
  transactMs: 5_000,
  snapshotMs: 10_000,
  closeMs: 2_000,
  snapshotBytes: 64 * 1024 * 1024,
  maxPending: 1_024,
  maxHintKeys: 1_000,
  reconcileMs: 30_000,
  attemptMs: 700,
  watchdogMs: 5_000,
  backoffMinMs: 50,
  backoffMaxMs: 2_000,
  changePollMs: 250,
  changeLogLength: 1_024,
};

const MAX = 2 ** 31 - 1;

/**
 * The settings with defaults filled in. Throws STORE_OPTIONS for an unknown name, a number that is not whole and
 * positive, and for pairs that contradict each other.
 */
export function storeSettings(given: Partial<StoreSettings> = {}): StoreSettings {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in DEFAULTS)) throw new CodedError('STORE_OPTIONS', `settings.${name} is not known`);
    if (!Number.isInteger(value) || value < 1 || value > MAX) {
      throw new CodedError(
        'STORE_OPTIONS',
        `settings.${name} is ${String(value)}, must be a whole number from 1 to ${MAX}`,
      );
    }
  }
  const settings = { ...DEFAULTS, ...given };
  if (settings.backoffMinMs > settings.backoffMaxMs) {
    throw new CodedError(
      'STORE_OPTIONS',
      `settings.backoffMinMs is ${settings.backoffMinMs}, must not be above settings.backoffMaxMs (${settings.backoffMaxMs})`,
    );
  }
  return settings;
}
