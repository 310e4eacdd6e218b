import { CodedError } from '../../src/errors.ts';
import { checkKeys, checkPrefix, checkTransaction } from '../../src/store/check-call.ts';
import type {
  CoordStore,
  StoreCondition,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../../src/store/coord-store.ts';
import { HintSink } from '../../src/store/hint-sink.ts';
import { GUARD_PREFIX } from '../../src/store/records/guard-record.ts';
import { storeSettings } from '../../src/store/store-settings.ts';
import type { RandomStream } from '../world/random-stream.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { Commit, SimStore } from './sim-store.ts';
import type { StoreCluster } from './store-cluster.ts';

const SETTINGS = storeSettings();
/** Nobody could be asked: it is known soon. */
const UNREACHABLE_MS = 700;
const BROKEN_MS = 30;

type Kind = 'read' | 'snapshot' | 'transact';
const LIMIT_MS = { read: SETTINGS.readMs, snapshot: SETTINGS.snapshotMs, transact: SETTINGS.transactMs } as const;

/** The store as one process sees it, over its links to the members. */
export class StoreSession implements CoordStore {
  readonly #world: World;
  readonly #cluster: StoreCluster;
  readonly #process: SimProcess;
  readonly #hints: RandomStream;
  readonly #watches = new Set<() => void>();
  /** Calls by what came of them. */
  readonly counts = { calls: 0, failed: 0 };

  constructor(world: World, cluster: StoreCluster, process: SimProcess) {
    this.#world = world;
    this.#cluster = cluster;
    this.#process = process;
    this.#hints = world.random.named('store hints');
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    checkKeys(keys);
    return this.#call('read', () => this.#shown.read(keys));
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    checkPrefix(prefix);
    return this.#call('snapshot', () => this.#shown.snapshot(prefix));
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    checkTransaction(conditions, writes);
    if (this.#isShy(writes)) throw withoutStack(() => new CodedError('STORE_UNAVAILABLE', 'this record is not taken'));
    const act = (): TransactionResult => this.#cluster.truth.transact(this.#process.id, conditions, writes);
    const late = (): void => {
      if (this.#cluster.leader !== null && this.#cluster.past === null) act();
    };
    if (this.#cluster.overtaken?.takes(this.#process, writes, late) === true) return this.#broken();
    return this.#call('transact', act);
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    const ambience = { clock: this.#process, random: this.#hints, settings: SETTINGS, observe: () => undefined };
    const sink = new HintSink(prefix, onHint, ambience);
    const life = this.#process.life;
    const forget = this.#cluster.onCommit((commit) => {
      if (this.#process.life === life) this.#hint(sink, commit);
      else forget();
    });
    this.#process.after(this.#hints.between(1, 50), () => sink.lagged('the watch stands'));
    const close = (): void => {
      forget();
      sink.close();
      this.#watches.delete(close);
    };
    this.#watches.add(close);
    return { close };
  }

  async close(): Promise<void> {
    for (const close of this.#watches) close();
  }

  /** A hint is only a hint: it may be lost, late, doubled, and out of order. */
  #hint(sink: HintSink, { writes }: Commit): void {
    if (!this.#process.isUp || !touches(writes, sink.prefix)) return;
    const keys = writes.map(({ key }) => key).filter((key) => key.startsWith(sink.prefix));
    const { trouble } = this.#cluster;
    const random = this.#hints;
    const member = this.#cluster.memberFor(this.#process);
    if (member === null || random.chance(trouble.hintsLost)) return;
    const late = random.chance(trouble.hintsLate) ? random.between(100, 20_000) : 0;
    const delay = this.#cluster.delay(member, this.#process, member) + late;
    const isCompacted = trouble.hintsCompacted > 0 && random.chance(trouble.hintsCompacted);
    this.#process.after(delay, () => (isCompacted ? sink.lagged('the store was compacted') : sink.changed(keys)));
    if (random.chance(trouble.hintsTwice))
      this.#process.after(delay + random.between(1, 10_000), () => sink.changed(keys));
  }

  get #shown(): SimStore {
    return this.#cluster.past ?? this.#cluster.truth;
  }

  #isShy(writes: readonly StoreWrite[]): boolean {
    const isGuard = (): boolean => writes.some(({ key }) => key.startsWith(GUARD_PREFIX));
    return this.#cluster.shy === this.#process && isGuard();
  }

  /** The connection broke before an answer came. */
  #broken(): Promise<never> {
    return new Promise((_, reject) => {
      this.#process.after(BROKEN_MS, () =>
        reject(new CodedError('STORE_AMBIGUOUS', 'the connection broke before the answer came')),
      );
    });
  }

  /** Takes effect at one instant between call and answer, or never; nobody may learn which. */
  #call<T>(kind: Kind, act: () => T): Promise<T> {
    this.counts.calls += 1;
    return new Promise<T>((resolve, reject) => {
      const { random, trouble } = this.#cluster;
      const fail = (code: 'STORE_UNAVAILABLE' | 'STORE_TIMEOUT' | 'STORE_AMBIGUOUS', why: string): void => {
        this.counts.failed += 1;
        reject(withoutStack(() => new CodedError(code, why)));
      };
      const { life } = this.#process;
      const leader = this.#cluster.leader;
      const member = this.#cluster.memberFor(this.#process);
      if (leader === null || member === null) {
        this.#process.after(UNREACHABLE_MS, () => fail('STORE_UNAVAILABLE', 'no member of the store answers'));
        return;
      }
      const limitMs = LIMIT_MS[kind];
      const late = kind === 'transact' ? 'STORE_AMBIGUOUS' : 'STORE_TIMEOUT';
      const timer = this.#process.setTimer(limitMs, () => fail(late, `${kind}: no answer in ${limitMs} ms`));
      const there = this.#cluster.delay(this.#process, member, leader);
      const back = this.#cluster.delay(member, this.#process, leader);
      const isHanging = kind === 'transact' && this.#cluster.hanging === this.#process;
      const isLost = isHanging || (kind === 'transact' && random.chance(trouble.ambiguous));
      const isLate = isHanging || (isLost && random.chance(trouble.late));
      // Overtaken by the next try, or long after its sender gave up.
      const lateBy = (): number =>
        !isHanging && random.chance(0.5) ? there + random.between(0, 400) : limitMs + random.between(0, 5_000);
      const wait = isLate ? lateBy() : there;
      const isDropped = isLost && !isLate && random.chance(0.5);
      this.#world.schedule(wait, () => {
        const isThere = this.#cluster.leader === leader && member.isRunning && leader.isRunning;
        if (!isThere || isDropped || (kind === 'transact' && this.#cluster.past !== null)) return;
        const result = act();
        if (isLost || this.#process.life !== life) return;
        this.#process.after(back, () => {
          if (this.#cluster.memberFor(this.#process) === null) return;
          timer.cancel();
          resolve(result);
        });
      });
      // An answer that is lost is noticed as a broken connection, long before the limit.
      if (isLost && random.chance(0.7))
        this.#process.after(there + back, () => {
          timer.cancel();
          fail('STORE_AMBIGUOUS', 'the connection broke before the answer came');
        });
    });
  }
}

/** Asked of each commit for each watch of each process. */
function touches(writes: readonly StoreWrite[], prefix: string): boolean {
  for (const { key } of writes) if (key.startsWith(prefix)) return true;
  return false;
}

/** An answer like any other, and a common one: where in the simulator it was made tells nobody anything. */
function withoutStack(make: () => CodedError): CodedError {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = usual;
  }
}
