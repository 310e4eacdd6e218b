import type { Timer } from '../../core/clock.ts';
import { CodedError, type ErrorCode } from '../../errors.ts';
import { checkKeys, checkPrefix, checkTransaction } from '../check-call.ts';
import type {
  CoordStore,
  StoreCondition,
  StoreHint,
  StoreSnapshot,
  StoreWatch,
  StoreWrite,
  TransactionResult,
} from '../coord-store.ts';
import { HintSink, type StoreAmbience } from '../hint-sink.ts';
import { SqliteThread } from './sqlite-thread.ts';
import { CALL_STATE, type CallAnswer, type CallState, type FromWorker, type StoreCall } from './worker-message.ts';

export interface EmbeddedStoreOptions extends StoreAmbience {
  /** Absolute path; made if it does not exist, its directory is not. */
  readonly file: string;
  /** Put before every key: `/ldc/<realm>/v1/`. */
  readonly keyPrefix: string;
}

export type StartThread = (...given: ConstructorParameters<typeof SqliteThread>) => SqliteThread;

interface Pending {
  readonly call: StoreCall;
  readonly state: CallState;
  readonly timer: Timer;
  readonly settle: (outcome: CallAnswer | CodedError) => void;
}

/**
 * The store of one machine: an SQLite file that several processes share, served by a thread of its own so that neither a
 * lock nor a slow disk ever blocks the caller's event loop.
 */
export class EmbeddedStore implements CoordStore {
  readonly #options: EmbeddedStoreOptions;
  readonly #pending = new Map<number, Pending>();
  /** Watches by the ID of their `follow`; those in `#standing` were told that they stand. */
  readonly #sinks = new Map<number, HintSink>();
  readonly #standing = new Set<number>();
  readonly #startThread: StartThread;
  #thread: SqliteThread | undefined;
  #again: Timer | undefined;
  #nextId = 1;
  #isClosed = false;

  /** `startThread` is for tests that end the thread under the store. */
  constructor(options: EmbeddedStoreOptions, startThread: StartThread = (...given) => new SqliteThread(...given)) {
    this.#options = options;
    this.#startThread = startThread;
  }

  async read(keys: readonly string[]): Promise<StoreSnapshot> {
    checkKeys(keys);
    return this.#call<StoreSnapshot>({ kind: 'read', keys }, 'readMs');
  }

  async snapshot(prefix: string): Promise<StoreSnapshot> {
    checkPrefix(prefix);
    return this.#call<StoreSnapshot>({ kind: 'snapshot', prefix }, 'snapshotMs');
  }

  async transact(conditions: readonly StoreCondition[], writes: readonly StoreWrite[]): Promise<TransactionResult> {
    checkTransaction(conditions, writes);
    return this.#call<TransactionResult>({ kind: 'transact', conditions, writes }, 'transactMs');
  }

  watch(prefix: string, onHint: (hint: StoreHint) => void): StoreWatch {
    checkPrefix(prefix);
    if (this.#isClosed) throw new CodedError('STORE_CLOSED', `watch of ${JSON.stringify(prefix)}`);
    const id = this.#nextId++;
    this.#sinks.set(id, new HintSink(prefix, onHint, this.#options));
    this.#running().send({ kind: 'follow', id });
    return { close: () => this.#unwatch(id) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#again?.cancel();
    for (const id of [...this.#sinks.keys()]) this.#unwatch(id);
    for (const id of [...this.#pending.keys()])
      this.#giveUp(id, 'STORE_CLOSED', 'STORE_CLOSED', 'the call was still waiting');
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread === undefined) return;
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(this.#options.settings.closeMs, resolve);
    await thread.end(cut);
    timer.cancel();
  }

  #call<Answer extends CallAnswer>(call: StoreCall, limit: 'readMs' | 'snapshotMs' | 'transactMs'): Promise<Answer> {
    const { clock, settings, file } = this.#options;
    if (this.#isClosed) throw new CodedError('STORE_CLOSED', call.kind);
    if (this.#pending.size >= settings.maxPending) {
      throw new CodedError('STORE_OVERLOADED', `${this.#pending.size} calls wait (settings.maxPending)`);
    }
    const id = this.#nextId++;
    const state: CallState = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    return new Promise<Answer>((resolve, reject) => {
      const settle = (outcome: CallAnswer | CodedError): void =>
        outcome instanceof CodedError ? reject(outcome) : resolve(outcome as Answer);
      const expire = (): void =>
        this.#giveUp(id, 'STORE_TIMEOUT', 'STORE_AMBIGUOUS', late(call, file, limit, settings[limit]));
      const timer = clock.setTimer(settings[limit], expire);
      this.#pending.set(id, { call, state, timer, settle });
      const thread = this.#running();
      thread.hold(true);
      thread.send({ kind: 'call', id, call, state });
    });
  }

  /** Ends a call from this side: `before` if it has provably not committed and never will, else `after`. */
  #giveUp(id: number, before: ErrorCode, after: ErrorCode, detail: string): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    const seen = Atomics.compareExchange(pending.state, 0, CALL_STATE.waiting, CALL_STATE.cancelled);
    this.#settle(id, new CodedError(seen === CALL_STATE.committing ? after : before, detail));
  }

  #settle(id: number, outcome: CallAnswer | CodedError): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.timer.cancel();
    if (this.#pending.size === 0) this.#thread?.hold(false);
    pending.settle(outcome);
  }

  #running(): SqliteThread {
    const { file, keyPrefix, settings } = this.#options;
    const { snapshotBytes, maxHintKeys, changePollMs, changeLogLength } = settings;
    this.#thread ??= this.#startThread(
      { file, keyPrefix, snapshotBytes, maxHintKeys, changePollMs, changeLogLength },
      (message) => this.#take(message),
      (detail) => this.#lose(detail),
    );
    return this.#thread;
  }

  #take(message: FromWorker): void {
    if (message.kind === 'answer') this.#settle(message.id, message.answer);
    else if (message.kind === 'failed') this.#settle(message.id, new CodedError(message.code, message.detail));
    else if (message.kind === 'following') this.#stand(message.id, message.revision);
    else {
      for (const id of this.#standing) {
        if (message.kind === 'changed') this.#sinks.get(id)?.changed(message.keys);
        else this.#sinks.get(id)?.lagged(message.reason);
      }
    }
  }

  #stand(id: number, revision: string): void {
    const sink = this.#sinks.get(id);
    if (sink === undefined) return;
    this.#standing.add(id);
    this.#options.observe({ kind: 'watch-established', prefix: sink.prefix, endpoint: this.#options.file, revision });
    sink.lagged(`the watch stands at revision ${revision}`);
  }

  #unwatch(id: number): void {
    this.#sinks.get(id)?.close();
    this.#sinks.delete(id);
    this.#standing.delete(id);
    if (this.#sinks.size === 0) this.#thread?.send({ kind: 'unfollow' });
  }

  /** The thread died under us (out of memory, a bug): nothing it had begun to commit is known. */
  #lose(detail: string): void {
    this.#thread = undefined;
    this.#standing.clear();
    this.#options.observe({ kind: 'worker-lost', detail });
    for (const id of [...this.#pending.keys()])
      this.#giveUp(id, 'STORE_UNAVAILABLE', 'STORE_AMBIGUOUS', `the store’s thread: ${detail}`);
    this.#again?.cancel();
    this.#again = this.#options.clock.setTimer(this.#options.settings.backoffMaxMs, () => {
      for (const id of this.#sinks.keys()) this.#running().send({ kind: 'follow', id });
    });
  }
}

function late(call: StoreCall, file: string, limit: string, limitMs: number): string {
  return `${call.kind} on ${file}: no answer in ${limitMs} ms (settings.${limit}); another process may hold its lock, or the disk is slow`;
}
