import type {
  CoordStore,
  StoreCondition,
  StoreEntry,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../../src/store/coord-store.ts';
import { HEAD_KEY } from '../../src/store/records/head-record.ts';
import { EDGE_PREFIX } from '../../src/store/records/node-record.ts';
import type { SimProcess } from '../world/sim-process.ts';
import type { World } from '../world/world.ts';
import type { SimStore } from './sim-store.ts';
import type { StoreCluster } from './store-cluster.ts';
import { StoreSession } from './store-session.ts';

const NEXT_FORMAT = 2;
const [OLD, NEXT] = ['{"format":1,', '{"format":2,'] as const;

/** The head as this version knows it, whichever version wrote it. */
export function asPresentFormat(text: string): string {
  return text.startsWith(NEXT) ? OLD + text.slice(NEXT.length) : text;
}

/** A process's way to the store: of today's version, or of the next one, which reads format 2, too. */
export function storeSession(
  world: World,
  cluster: StoreCluster,
  process: SimProcess,
  formats: readonly number[],
): CoordStore {
  const session = new StoreSession(world, cluster, process);
  if (!formats.includes(NEXT_FORMAT)) return session;
  const note = (): void => world.note(-1, process.id, `writes the table in format ${NEXT_FORMAT}`);
  return new NextVersionSession(session, cluster.truth, note);
}

/**
 * The store as a next version of the product would use it: it reads a second format of the table's head, too, and writes it from the
 * moment at which every gateway on record says that it reads it; until then the old one. To a process of today's version that
 * format is a record that it cannot read.
 */
export class NextVersionSession implements CoordStore {
  readonly #session: CoordStore;
  readonly #truth: SimStore;
  readonly #wroteNext: () => void;

  constructor(session: CoordStore, truth: SimStore, wroteNext: () => void) {
    this.#session = session;
    this.#truth = truth;
    this.#wroteNext = wroteNext;
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    return presented(await this.#session.read(keys));
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    return presented(await this.#session.snapshot(prefix));
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    const isNext = this.#isReadByAll() && writes.some(({ key }) => key === HEAD_KEY);
    if (isNext) this.#wroteNext();
    const written = isNext ? writes.map(inNextFormat) : writes;
    const result = await this.#session.transact(conditions, written);
    return result.kind === 'conflict' ? { ...result, entries: result.entries.map(present) } : result;
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    return this.#session.watch(prefix, onHint);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** By what gateways announce; one that died without leaving counts until its record is taken away. */
  #isReadByAll(): boolean {
    const { entries } = this.#truth.snapshot(EDGE_PREFIX);
    return entries.every(({ value }) =>
      (JSON.parse(value) as { formats: readonly number[] }).formats.includes(NEXT_FORMAT),
    );
  }
}

const present = (entry: StoreEntry): StoreEntry =>
  entry.key === HEAD_KEY ? { ...entry, value: asPresentFormat(entry.value) } : entry;

const presented = (snapshot: StoreSnapshot): StoreSnapshot =>
  snapshot.entries.some(({ key }) => key === HEAD_KEY)
    ? { ...snapshot, entries: snapshot.entries.map(present) }
    : snapshot;

function inNextFormat(write: StoreWrite): StoreWrite {
  const { key, value } = write;
  return key === HEAD_KEY && value?.startsWith(OLD) === true ? { key, value: NEXT + value.slice(OLD.length) } : write;
}
