import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../core/clock.ts';
import type { GateRows } from './gate-rows.ts';
import type { JsonClient } from './json-client.ts';
import { type LedgerWrite, type TakeResult, takeEntry } from './ledger.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { PassOn } from './pass-on.ts';
import type { ReadQuestion } from './peer-message.ts';
import type { ReplicationSettings, UnitLog } from './process-options.ts';
import type { Replication } from './replication.ts';
import type { ShardLog } from './shard-log.ts';
import { type Answer, errorAnswer } from './unit-error.ts';

export interface LedgerServiceParts {
  readonly clock: Clock;
  readonly log: UnitLog;
  readonly self: string;
  readonly database: DatabaseSync;
  readonly shardLog: ShardLog;
  readonly gates: GateRows;
  readonly replication: Replication;
  readonly client: JsonClient;
  readonly token: string;
  readonly settings: ReplicationSettings;
}

/** The ledger as the cells of this data center see it: taken here if the primary is here, else passed on to it. */
export class LedgerService {
  readonly #parts: LedgerServiceParts;
  readonly #passOn: PassOn;

  constructor(parts: LedgerServiceParts) {
    this.#parts = parts;
    this.#passOn = new PassOn(parts);
  }

  /** `primary`: the data center whose copy takes writes now, as the gateway says. */
  write(write: LedgerWrite, primary: string): Promise<Answer> {
    return primary === this.#parts.self ? this.takeHere(write) : this.#passOn.write(write, primary);
  }

  /**
   * Takes a write into this copy, and answers when the copies that the setting asks for have it. A repeat waits for them too:
   * an answer is an acknowledgement, whichever attempt gets it.
   */
  async takeHere(write: LedgerWrite): Promise<Answer> {
    const { replication, settings, database, shardLog, gates, clock } = this.#parts;
    // A copy that takes no writes says so at once.
    if (shardLog.state(write.shard).role === 'primary') await replication.ready(write.shard, write.unit);
    if (settings.whenCopyIsDown === 'refuse') {
      const missing = replication.missing(write.shard, write.unit);
      if (missing.length > 0) return errorAnswer('COPY_DOWN', `${missing.join(', ')}; the write was not executed`);
    }
    let result: TakeResult;
    try {
      result = takeEntry(database, shardLog, gates, write, clock.wallMs());
    } catch (error) {
      return this.#storageFailed(error);
    }
    if (!('entry' in result)) return this.#refused(result, write);
    if (result.kind === 'taken') replication.appended(result.entry, write.unit);
    const isConfirmed = await replication.confirmed(result.entry, write.unit);
    // Another copy was promoted while we waited: only its log decides whether the entry survives.
    const now = shardLog.state(write.shard);
    if (now.role !== 'primary' || now.lineage < result.entry.lineage)
      return errorAnswer(
        'OUTCOME_UNKNOWN',
        'the shard’s data moved to another copy meanwhile: ask again with the same id',
      );
    if (!isConfirmed && settings.whenCopyIsDown === 'refuse')
      return errorAnswer(
        'COPY_DOWN',
        'the entry is written here, a copy did not confirm it: ask again with the same id',
      );
    if (result.kind === 'amountDiffers')
      return errorAnswer('AMOUNT_DIFFERS', `entry ${write.id} has amount ${result.entry.amount}`);
    return { status: result.kind === 'taken' ? 201 : 200, body: firstAnswer(result.entry) };
  }

  /**
   * Reads here if this copy has all that was acknowledged, else at the primary; if that fails, here and marked stale. Without a
   * primary (the shard moves, nobody takes writes) the copies themselves know who it was: this one, or the one that leads it.
   */
  async read(question: ReadQuestion, unit: string, now: string | null): Promise<Answer> {
    const { self, replication, shardLog } = this.#parts;
    const { role, leader } = shardLog.state(question.shard);
    const primary = now ?? (role === 'primary' ? self : leader);
    if (primary === self) await replication.ready(question.shard, unit);
    const head = this.#parts.shardLog.state(question.shard);
    const isOwn = primary === self && head.role === 'primary';
    const isComplete = head.role === 'copy' && head.leader === primary && replication.isFresh(primary);
    if (isOwn || isComplete) return this.readHere(question);
    if (primary === self) return this.readHere(question, true);
    const answer = await this.#passOn.read(question, primary);
    return answer ?? this.readHere(question, true);
  }

  readHere({ shard, account, id }: ReadQuestion, isStale = false): Answer {
    const { shardLog } = this.#parts;
    const mark = isStale ? { stale: true } : {};
    try {
      if (id === null) return { status: 200, body: { ...shardLog.account(shard, account), ...mark } };
      const entry = shardLog.entryById(shard, account, id);
      if (entry === null)
        return errorAnswer('NOT_FOUND', `no entry ${id}${isStale ? ' in a copy that may be stale' : ''}`);
      const { amount, balance, cell, epoch } = entry;
      return { status: 200, body: { id, amount, balance, cell, epoch, ...mark } };
    } catch (error) {
      return this.#storageFailed(error);
    }
  }

  #refused(result: Exclude<TakeResult, { entry: unknown }>, { epoch, amount, shard }: LedgerWrite): Answer {
    const { self } = this.#parts;
    switch (result.kind) {
      case 'outOfRange':
        return errorAnswer('BALANCE_OUT_OF_RANGE', `the balance is ${result.balance}, the amount ${amount}`);
      case 'staleEpoch':
        return errorAnswer('STALE_EPOCH', `ldc-epoch is ${epoch}, shard ${shard} is fenced at ${result.fence}`);
      case 'notPromoted':
        return errorAnswer('NOT_PROMOTED', `the copy of shard ${shard} in ${self} is a ${result.role} one`);
    }
  }

  #storageFailed(error: unknown): Answer {
    const reason = error instanceof Error ? error.message : String(error);
    this.#parts.log.warn({ reason }, 'the ledger’s database failed');
    return errorAnswer('STORAGE_FAILED', reason);
  }
}

/** What the first request with this id was answered, and every repeat gets again. */
function firstAnswer(entry: LedgerEntry): unknown {
  return { id: entry.id, balance: entry.balance, cell: entry.cell, epoch: entry.epoch };
}
