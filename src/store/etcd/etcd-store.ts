import type { ITxnResponse } from 'etcd3';
import { CodedError } from '../../errors.ts';
import { checkKeys, checkPrefix, checkTransaction } from '../check-call.ts';
import type {
  CoordStore,
  StoreCondition,
  StoreEntry,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../coord-store.ts';
import { HintSink, type StoreAmbience } from '../hint-sink.ts';
import type { EtcdAccess } from './etcd-access.ts';
import { EtcdFailure } from './etcd-failure.ts';
import { EtcdMembers } from './etcd-members.ts';
import { EtcdRequest } from './etcd-request.ts';
import { readSnapshot } from './etcd-snapshot.ts';
import { EtcdWatch } from './etcd-watch.ts';
import { SharedReads } from './shared-reads.ts';

export interface EtcdStoreOptions extends StoreAmbience {
  /** `host:port`, at least one. */
  readonly endpoints: readonly string[];
  readonly access: EtcdAccess;
  /** Put before every key: `/ldc/<realm>/v1/`. */
  readonly keyPrefix: string;
}

/** Named keys of one message: twelve values of `LIMITS.valueBytes` are 6 MiB. */
const READ_KEYS = 12;

/** The store of a fleet: an etcd cluster (3.4 or later). Connects when it is first used, and again whenever it must. */
export class EtcdStore implements CoordStore {
  readonly #options: EtcdStoreOptions;
  readonly #request: EtcdRequest;
  readonly #members: EtcdMembers;
  readonly #closing = new AbortController();
  readonly #watches = new Set<EtcdWatch>();
  readonly #reads = new SharedReads<StoreSnapshot>();
  #pending = 0;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    this.#request = new EtcdRequest(options.keyPrefix);
    this.#members = new EtcdMembers(options.endpoints, options.access, options, this.#closing.signal);
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    checkKeys(keys);
    const wanted = [...new Set(keys)];
    const name = wanted.join('\n');
    return this.#bounded('read', 'readMs', (deadline) =>
      this.#reads.share(name, () => this.#readAll(wanted, deadline)),
    );
  }

  async #readAll(wanted: readonly string[], deadline: number): Promise<StoreSnapshot> {
    const first = await this.#readSome(wanted.slice(0, READ_KEYS), undefined, deadline);
    const entries: StoreEntry[] = [...first.entries];
    for (let from = READ_KEYS; from < wanted.length; from += READ_KEYS) {
      entries.push(...(await this.#readSome(wanted.slice(from, from + READ_KEYS), first.revision, deadline)).entries);
    }
    entries.sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
    return { entries, revision: first.revision };
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    checkPrefix(prefix);
    return this.#bounded('snapshot', 'snapshotMs', (deadline) =>
      readSnapshot(this.#request, prefix, this.#options.settings.snapshotBytes, async (rpc) => {
        const { answer } = await this.#members.repeat(rpc, deadline);
        return answer;
      }),
    );
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    checkTransaction(conditions, writes);
    return this.#bounded('transact', 'transactMs', async (deadline) => {
      const member = await this.#members.good(this.#request.revision(), deadline);
      const limitMs = deadline - this.#options.clock.monotonicMs();
      if (limitMs <= 0) throw new EtcdFailure('timeout', member.endpoint, 'no time was left to send it');
      try {
        const answer = await member.call(this.#request.transaction(conditions, writes), limitMs);
        return this.#request.resultOf(answer as ITxnResponse);
      } catch (failure) {
        if (!(failure instanceof EtcdFailure)) throw failure;
        if (failure.isWorthAnotherMember) this.#members.leave(member, failure.message);
        throw failure.asTransactionError();
      }
    });
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    checkPrefix(prefix);
    if (this.#closing.signal.aborted) throw new CodedError('STORE_CLOSED', `watch of ${JSON.stringify(prefix)}`);
    const sink = new HintSink(prefix, onHint, this.#options);
    const watch = new EtcdWatch(sink, this.#members, this.#request, this.#options);
    this.#watches.add(watch);
    return {
      close: () => {
        this.#watches.delete(watch);
        watch.close();
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    for (const watch of this.#watches) watch.close();
    this.#watches.clear();
    this.#closing.abort(new EtcdFailure('closed', 'this process', 'the call was still waiting'));
    this.#members.close();
  }

  async #readSome(keys: readonly string[], revision: string | undefined, deadline: number): Promise<StoreSnapshot> {
    const { answer } = await this.#members.repeat(this.#request.read(keys, revision), deadline);
    return this.#request.snapshotOf(answer as ITxnResponse);
  }

  /** Counts the call, gives it its deadline, and turns what went wrong into a coded error. */
  async #bounded<T>(
    what: string,
    limit: 'readMs' | 'snapshotMs' | 'transactMs',
    body: (deadline: number) => Promise<T>,
  ): Promise<T> {
    const { clock, settings } = this.#options;
    if (this.#closing.signal.aborted) throw new CodedError('STORE_CLOSED', what);
    if (this.#pending >= settings.maxPending) {
      throw new CodedError('STORE_OVERLOADED', `${this.#pending} calls wait (settings.maxPending)`);
    }
    this.#pending += 1;
    try {
      return await body(clock.monotonicMs() + settings[limit]);
    } catch (failure) {
      if (failure instanceof EtcdFailure)
        throw failure.asError(`${what}, limit ${settings[limit]} ms (settings.${limit})`);
      throw failure;
    } finally {
      this.#pending -= 1;
    }
  }
}
